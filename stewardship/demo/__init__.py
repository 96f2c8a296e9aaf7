"""The demo: sample feeds through the real hub, with what is known to be true of them."""
