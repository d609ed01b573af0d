from voicebot.knowledge.fusion import fuse


def test_what_both_ways_find_goes_before_what_one_finds() -> None:
    similarity = {1: 0.60, 2: 0.55, 3: 0.20}
    assert list(fuse(similarity, {2: 0.5, 3: 0.9}, 3)) == [2, 1, 3]


def test_a_number_that_is_named_goes_before_what_only_sounds_alike() -> None:
    assert list(fuse({1: 0.70, 2: 0.45}, {1: 0.1, 2: 1.0}, 2)) == [2, 1]


def test_tells_both_sides_and_keeps_to_the_count() -> None:
    assert fuse({1: 0.5, 2: 0.4}, {2: 0.1}, 1) == {1: (0.5, 0.0)}
    assert fuse({}, {}, 8) == {}
