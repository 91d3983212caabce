"""Commands that look after the home: keys, privacy, handovers, backups, moving, checks."""

from __future__ import annotations

from zhike.kernel.words import _
from zhike.site.commands.arguments import Option, Shape, Word
from zhike.site.commands.shared_options import FORMAT, OBJECT, WHERE

CARE: tuple[Shape, ...] = (
    Shape(
        "key sheet",
        _("Print the recovery sheet of the key file: keep it in a safe"),
        examples=("zhike key sheet > recovery-sheet.txt",),
    ),
    Shape(
        "key restore",
        _("Write the lost key file anew from a typed recovery sheet"),
        words=(Word("FILE", _("The lines of the sheet as a text file.")),),
        examples=("zhike key restore sheet.txt",),
    ),
    Shape(
        "privacy find",
        _("Find one person's data in every record"),
        words=(OBJECT, Word("ID", _("A record of theirs."))),
        options=(FORMAT,),
        examples=("zhike privacy find contact 1234",),
    ),
    Shape(
        "privacy export",
        _("Give one person's data out as a zip"),
        words=(OBJECT, Word("ID", _("A record of theirs."))),
        options=(
            Option("--out", "FILE", _("Where to write the zip; no file may be there yet.")),
            Option("--why", "TEXT", _("Who asked for it and how.")),
        ),
        examples=("zhike privacy export contact 1234 --out person.zip --why 'asked by mail'",),
    ),
    Shape(
        "privacy erase",
        _("Erase one person for good, or make them anonymous"),
        words=(OBJECT, Word("ID", _("A record of theirs."))),
        options=(
            Option(
                "--mode",
                "MODE",
                _("anonymise: the record stays without the person; erase: into the trash too."),
                ("anonymise", "erase"),
            ),
            Option("--why", "TEXT", _("Who asked for it and how.")),
            Option("--keep", "RECORD=WHY", _("Records that are kept, separated by commas, each with the reason.")),
        ),
        examples=("zhike privacy erase contact 1234 --mode erase --why 'asked by mail' --keep 'file:88=invoice'",),
    ),
    Shape(
        "handover new",
        _("Draft the handover of what somebody leaves behind, and show who would get what"),
        words=(Word("LEAVER", _("Who leaves: their login.")),),
        options=(
            Option(
                "--rules",
                "RULES",
                _("Who gets what, the first that matches: 'region = east -> li.na; * -> @Sales'."),
            ),
            Option("--rest", "LOGIN", _("Who gets everything else.")),
            Option("--last-day", "DATE", _("Their last day (today).")),
            FORMAT,
        ),
        examples=("zhike handover new wang.lei --rules 'region = east -> li.na' --rest chen.siyuan",),
    ),
    Shape(
        "handover preview",
        _("Who would get how many of what, and what is in the way"),
        words=(Word("ID", _("The handover’s number.")),),
        options=(FORMAT,),
        examples=("zhike handover preview 1234",),
    ),
    Shape(
        "handover do",
        _("Hand it over: access ends, everything changes hands"),
        words=(Word("ID", _("The handover’s number.")),),
        options=(Option("--after-last-day", "", _("Leave it to the schedule, when the last day is over.")),),
        examples=("zhike handover do 1234",),
    ),
    Shape("handover list", _("The handovers there are, the newest first"), options=(FORMAT,)),
    Shape(
        "privacy retention",
        _("What a retention rule would take now, and what something still holds"),
        words=(OBJECT,),
        options=(
            WHERE,
            Option("--then", "WHAT", _("What then happens (trash)."), ("trash", "anonymise", "erase")),
            FORMAT,
        ),
        examples=(
            "zhike privacy retention lead --where 'status = disqualified and changed < today - 3 years'",
            "zhike action retention_rule switch_on 12 --json '{\"seen\": 3}'",
        ),
    ),
    Shape(
        "privacy leak",
        _("Whose data was read and which of it, or the draft of a report about it"),
        options=(
            Option("--who", "LOGIN", _("Only what this person read.")),
            Option("--token", "ID", _("Only what came with this token (its id).")),
            Option("--objects", "LIST", _("Only these objects.")),
            Option("--fields", "LIST", _("Only these fields, such as phone or contact.phone.")),
            Option("--since", "INSTANT", _("From this instant or day on.")),
            Option("--until", "INSTANT", _("Until this instant, or the end of this day.")),
            Option("--report", "WHICH", _("Print the draft of this report instead."), ("four_hours", "three_days")),
            FORMAT,
        ),
        examples=(
            "zhike privacy leak --who wang.lei --since 2026-03-01 --fields phone,email --format csv",
            "zhike privacy leak --since 2026-03-01 --report four_hours --language zh-hans",
        ),
    ),
    Shape("key list", _("The master keys of the home, and how the last turn went"), options=(FORMAT,)),
    Shape(
        "key rotate",
        _("Turn the master key: add a new one and wrap every data key under it; people go on working"),
        options=(
            Option(
                "--cipher", "NAME", _("Seal with this cipher from now on, and what lies there too."), ("aes", "sm4")
            ),
        ),
        examples=("zhike key rotate", "zhike key rotate --cipher sm4"),
    ),
    Shape(
        "key retire",
        _("Remove master keys that nothing uses any more; the worker does it by itself"),
        options=(
            Option("--at-once", "", _("Do not wait an hour: no server and no worker is running.")),
            Option(
                "--despite-backups", "", _("Also keys that kept backups need: those then need the old recovery sheet.")
            ),
        ),
    ),
    Shape(
        "backup",
        _("Make a backup while the server runs, and try it"),
        options=(
            Option("--out", "FILE", _("Also write it here; without it it lies in the home’s folder “backups”.")),
            Option("--no-trial", "", _("Do not try it by restoring it into a scratch place.")),
        ),
        examples=("zhike backup", "zhike backup --out /mnt/usb/zhike.zip"),
    ),
    Shape("backup list", _("Which backups there are, and whether they are good"), options=(FORMAT,)),
    Shape("backup try", _("Try a backup once more"), words=(Word("NAME", _("Its file name in “zhike backup list”.")),)),
    Shape(
        "archive log",
        _("Move old changes out of the database into Parquet files that go on being read as history"),
        options=(
            Option("--before", "DATE", _("Changes from before this day, at least a year ago.")),
            FORMAT,
        ),
        examples=("zhike archive log --before 2024-01-01",),
    ),
    Shape("archive list", _("Which parts of the change log are archived"), options=(FORMAT,)),
    Shape(
        "restore",
        _("Put a backup in the place of the home’s data, with the server stopped"),
        words=(Word("FILE", _("The backup.")),),
        options=(
            Option("--key", "FILE", _("The key file it was made with, when the home does not have it.")),
            Option("--other-home", "", _("Take it even though it is of another installation.")),
        ),
        examples=("zhike restore zhike-20261124T191500Z.zip --home /srv/zhike --key zhike.key",),
        needs_data=False,
    ),
    Shape(
        "move",
        _("Move the home’s data into another database, with the server stopped"),
        words=(
            Word(
                "DATABASE",
                _("Where from (may be left out) and where to: postgresql://user@host/name or sqlite."),
                many=True,
            ),
        ),
        options=(FORMAT,),
        examples=("zhike move sqlite postgresql://zhike@db/zhike", "zhike move sqlite"),
    ),
    Shape(
        "move files",
        _("Move the uploads into a bucket, or back into the home, with the server stopped"),
        file="move_files",
        words=(Word("PLACE", _("Where to: “folder”, or https://host/bucket with a prefix if you like.")),),
        examples=("zhike move files https://oss-cn-hangzhou.aliyuncs.com/our-files", "zhike move files folder"),
    ),
    Shape(
        "migrate",
        _("Make or bring up to date the database of the home"),
        options=(Option("--no-backup", "", _("Do not make a backup before an upgrade.")),),
        needs_data=False,
    ),
    Shape(
        "check",
        _("Check the installation"),
        options=(
            Option("--derived", "", _("Also recompute derived values and compare.")),
            Option("--repair", "", _("Recompute derived values and put right what differs.")),
            Option("--audit", "", _("Also go through the whole audit chain and every change it covers.")),
            FORMAT,
        ),
    ),
    Shape(
        "help",
        _("Explain a command"),
        words=(Word("COMMAND", _("Which one."), optional=True, many=True),),
        options=(Option("--all", "", _("Its form with --all.")),),
    ),
)
