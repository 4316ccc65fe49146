from theory.export.bibliography import BIBLIOGRAPHY, entries


def test_every_entry_is_read_whole():
    text = BIBLIOGRAPHY.read_text(encoding="utf-8")
    assert len(entries()) == sum(line.startswith("@") for line in text.splitlines())
    for key, entry in entries().items():
        assert entry.startswith("@")
        assert entry.count("{") == entry.count("}"), key
        assert "title" in entry


def test_a_key_finds_its_entry():
    assert "Unified Theory of Decentralized" in entries()["koloskova2020unified"]
