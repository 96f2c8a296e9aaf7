"""Reading: what forms make of many distinct values, as codes of distinct comparison forms."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.engine.arrays import MISSING, Codes, Ints
from matching.engine.compiled import compiled
from matching.engine.distinct import Texts, left_in_place, told_apart
from matching.engine.forms import AT_ONCE, GRAMMARS, Form, Parse
from matching.engine.phrases import Placed
from matching.engine.shapes import filled
from matching.engine.texts import Finish, mask_of
from matching.engine.threads import side_by_side

FEW = 1_000  # values that are rather parsed one by one

Parts = Sequence[pa.StringArray]


def read(forms: tuple[Form, ...], parts: Parts) -> list[Texts]:
    """For each form the texts of all values, `width` for each; `forms` parse them alike."""
    parse = forms[0].parse
    if parse is None or parse in AT_ONCE:
        whole = AT_ONCE[parse](parts) if parse else parts[0]
        picked = [_whole(whole, are_distinct=len(parts) == 1 and whole is parts[0])] * len(forms)
    else:
        picked = _picked(parse, forms, parts)
    members: dict[Finish, list[int]] = defaultdict(list)
    for number, form in enumerate(forms):
        if form.finish:
            members[form.finish].append(number)
    finished = side_by_side(
        lambda finish: _finished(finish, [picked[number] for number in members[finish]]),
        members,
        values=len(parts[0]),
    )
    for numbers, made in zip(members.values(), finished, strict=True):
        for number, texts in zip(numbers, made, strict=True):
            picked[number] = texts
    return picked


def numbered(sources: Sequence[Texts]) -> Texts:
    """The texts of all sources together, numbered as they first appear; no empty ones."""
    codes, texts = _together([source for source in sources if len(source.codes)])
    empty = pc.index(texts, "").as_py()
    if empty == MISSING and len(codes) == len(texts) and are_in_order(codes):
        return Texts(codes, texts)
    numbers, used = np.full(len(texts), MISSING, np.int32), np.empty(len(texts), np.int32)
    found = np.empty_like(codes)
    count = _number_as_they_come(codes, empty, numbers, used, found)
    return Texts(found, texts.take(pa.array(used[:count])))


@compiled
def _number_as_they_come(
    codes: Codes, empty: int, numbers: Codes, used: Codes, found: Codes
) -> int:
    """`found` are the new numbers of `codes`, `used` the codes by number; how many there are."""
    count = 0
    for place in range(len(codes)):
        code = codes[place]
        if code in (MISSING, empty):
            found[place] = MISSING
            continue
        if numbers[code] == MISSING:
            numbers[code] = count
            used[count] = code
            count += 1
        found[place] = numbers[code]
    return count


def are_in_order(codes: Codes) -> bool:
    """Whether each text comes once, the first one first."""
    return np.array_equal(codes, np.arange(len(codes)))


def _together(sources: Sequence[Texts]) -> Texts:
    if len(sources) == 1:
        return sources[0]
    texts = told_apart(_chunks_as_one([source.texts for source in sources]))
    starts = np.cumsum([0, *(len(source.texts) for source in sources)])
    codes = [
        np.append(texts.codes[start : start + len(source.texts)], MISSING)[source.codes]
        for source, start in zip(sources, starts, strict=False)
    ]
    return Texts(np.concatenate([np.zeros(0, np.int32), *codes]), texts.texts)


def _finished(finish: Finish, picked: Sequence[Texts]) -> list[Texts]:
    """The last step, taken once for each text that any form picked; `picked` share their texts."""
    texts = picked[0].texts
    is_used = np.zeros(len(texts) + 1, np.bool_)
    for each in picked:
        is_used[each.codes] = True
    used = np.flatnonzero(is_used[:-1])
    finished = left_in_place(finish.many(texts.take(pa.array(used))))
    table = _table(used, finished.codes, len(texts))
    return [Texts(table[each.codes], finished.texts) for each in picked]


def _whole(texts: pa.StringArray, *, are_distinct: bool) -> Texts:
    numbers = np.arange(len(texts), dtype=np.int32)
    return Texts(numbers, texts) if are_distinct else left_in_place(texts)


def _table(used: Codes | Ints, numbers: Codes | Ints, texts: int) -> Codes:
    """`table[code]` is the new number of a text that is `used`, `MISSING` of any other."""
    table = np.full(texts + 1, MISSING, np.int32)  # the last one is that of `MISSING`
    table[used] = numbers
    return table


def _chunks_as_one(chunks: Sequence[pa.StringArray]) -> pa.StringArray:
    return pa.chunked_array(chunks, pa.string()).combine_chunks()


# Parsing.


def _picked(parse: Parse, forms: tuple[Form, ...], parts: Parts) -> list[Texts]:
    """What the forms pick of all values, not finished."""
    if parse not in GRAMMARS or len(parts[0]) < FEW:
        texts, places = _one_by_one(parse, forms, parts)
    else:
        texts, places, shaped = filled(parse, GRAMMARS[parse], forms, parts)
        others = np.flatnonzero(~shaped)
        rest = _one_by_one(parse, forms, [part.take(pa.array(others)) for part in parts])
        texts, codes = _with(texts, rest.texts)
        places[:, others] = codes[rest.places]
    ends = np.cumsum([form.width for form in forms])
    return [
        Texts(places[end - form.width : end].T.ravel(), texts)
        for form, end in zip(forms, ends, strict=True)
    ]


def _with(texts: pa.StringArray, more: pa.StringArray) -> tuple[pa.StringArray, Codes]:
    """Distinct texts with other distinct ones behind, and the codes of those; -1 stays -1."""
    same = pc.index_in(texts, more)
    codes = np.full(len(more) + 1, MISSING, np.int32)
    held = np.flatnonzero(mask_of(same.is_valid()))
    codes[same.drop_null().to_numpy()] = held
    new = np.flatnonzero(codes[:-1] == MISSING)
    codes[new] = len(texts) + np.arange(len(new))
    return pa.concat_arrays([texts, more.take(pa.array(new))]), codes


def _one_by_one(parse: Parse, forms: tuple[Form, ...], parts: Parts) -> Placed:
    parsed = list(map(parse, *(part.to_pylist() for part in parts)))
    chunks = [pa.array(_flat(form, parsed), pa.string()) for form in forms]
    codes, texts = told_apart(_chunks_as_one(chunks))
    ends = np.cumsum([len(chunk) for chunk in chunks])
    by_form = [
        codes[end - len(chunk) : end].reshape(len(parsed), form.width).T
        for form, chunk, end in zip(forms, chunks, ends, strict=True)
    ]
    return Placed(texts, np.concatenate(by_form))


def _flat(form: Form, parsed: list[Any]) -> list[str | None]:
    if form.width == 1:  # what nearly all are, and quicker
        return [form.pick(value) or None for value in parsed]  # type: ignore[misc]
    return [text for value in parsed for text in form.unfinished(value)]
