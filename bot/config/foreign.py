"""Files that are no text, told by how they begin, so that they are refused by their name."""

import codecs

_KINDS = (
    (b"SQLite format 3\0", "an SQLite database", "Write its rows into a CSV file or into JSON lines."),
    (b"PK\x03\x04", "a zip file, as a spreadsheet is too", "Unpack it, or save the sheet as CSV."),
    (b"\xd0\xcf\x11\xe0", "an old Office file", "Save the sheet as CSV."),
    (b"PAR1", "a Parquet file", "Write its rows into a CSV file or into JSON lines."),
    (b"%PDF", "a PDF", "It has no rows to read."),
    (b"BZh", "packed by bzip2", "Unpack it (bunzip2) and name the file."),
    (b"\xfd7zXZ\0", "packed by xz", "Unpack it (unxz) and name the file."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it and name the file or the folder."),
    (b"\x28\xb5\x2f\xfd", "packed by zstd", "Unpack it (unzstd) and name the file."),
    (b"\x1f\x8b", "packed twice by gzip", "Unpack it (gunzip) and name the file."),
)
_TAR, _TAR_AT = b"ustar", 257
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def foreign(head: bytes) -> str:
    """Return what a file is that is no text, and what to do about it, in one or two sentences; else nothing.

    `head` are its first bytes, 512 or more where it has them.
    """
    for begins, name, remedy in _KINDS:
        if head.startswith(begins):
            return f"this is {name}. {remedy}"
    if head[_TAR_AT:].startswith(_TAR):
        return "this is a tar archive. Unpack it (tar xf) and name the file or the folder."
    if b"\0" in head and not head.startswith(_UTF_16):
        return "this is no text file. Name a chat or a table that was exported as text."
    return ""
