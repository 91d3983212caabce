"""Each house rule lets its good samples pass and catches its bad ones."""

from __future__ import annotations

import ast

import pytest

from tests.house import code, files, pages

GOOD_CODE = {
    code.no_write_past_the_doors: [
        ("zhike/objects/sales/account.py", 'write(actor, Command("account", None, {}))'),
        ("zhike/web/say.py", 'seen.update({"a": 1})'),
        ("zhike/site/commands/export.py", "workbook.save(path)"),
        ("zhike/records/persist.py", "Account.objects.create(name=1)"),
        ("zhike/access/signin/sessions.py", "run('DELETE FROM \"store_signin\"')"),
        ("zhike/web/pages/home.py", '"Update your profile"'),
    ],
    code.no_request_below_the_pages: [
        ("zhike/web/pages/home.py", "def show(request): ..."),
        ("zhike/records/read.py", "def read(actor, query): ..."),
    ],
    code.nothing_is_run_from_text: [
        ("zhike/query/lexer.py", 'import re\nre.compile("a")'),
        ("zhike/site/serve.py", "subprocess.run([program], shell=False)"),
    ],
    code.imports_stand_at_the_top: [
        ("zhike/store/apps.py", "class A:\n    def ready(self):\n        from zhike import objects"),
        ("zhike/query/lexer.py", "import re"),
    ],
    code.texts_speak_by_the_kernel: [
        ("zhike/web/middleware.py", "from zhike.kernel.words import speaking"),
        ("zhike/api/answer.py", "from django.utils.translation.trans_real import parse_accept_lang_header"),
    ],
    code.texts_stand_where_they_are_collected: [
        ("zhike/web/pages/home.py", 'name = _("Home")\nf"{name}.csv"'),
    ],
    code.a_file_says_what_it_is_for: [
        ("zhike/query/lexer.py", '"""Text to tokens."""'),
        ("zhike/store/migrations/0001.py", "x = 1"),
    ],
}

BAD_CODE = {
    code.no_write_past_the_doors: [
        ("zhike/objects/sales/account.py", "account.save()"),
        ("zhike/objects/sales/account.py", "Account.objects.filter(pk=1).update(name=2)"),
        ("zhike/objects/sales/account.py", "Account.objects.create(name=1)"),
        ("zhike/insight/rfm.py", "Account._base_manager.bulk_create(rows)"),
        ("zhike/objects/sales/account.py", "account.delete()"),
        ("zhike/automation/worker.py", 'cursor.execute("UPDATE store_outbox SET tries = 1")'),
        ("zhike/access/people.py", "run('INSERT INTO \"store_share\" VALUES (1)')"),
    ],
    code.no_request_below_the_pages: [
        ("zhike/records/read.py", "def read(request): ..."),
        ("zhike/objects/sales/account.py", "from django.http import HttpResponse"),
        ("zhike/access/rights.py", "def f(who: HttpRequest): ..."),
    ],
    code.nothing_is_run_from_text: [
        ("zhike/query/parse.py", "eval(text)"),
        ("zhike/query/parse.py", "exec(compile(text, '', 'exec'))"),
        ("zhike/automation/jobs.py", "import pickle"),
        ("zhike/automation/jobs.py", "from pickle import loads"),
        ("zhike/site/serve.py", "subprocess.run(text, shell=True)"),
        ("zhike/site/serve.py", "os.system(text)"),
        ("zhike/channels/mail.py", "yaml.load(text)"),
    ],
    code.imports_stand_at_the_top: [
        ("zhike/records/read.py", "def f():\n    import openpyxl"),
        ("zhike/records/read.py", "class A:\n    def f(self):\n        if self:\n            from zhike import x"),
    ],
    code.texts_speak_by_the_kernel: [
        ("zhike/web/middleware.py", "from django.utils import translation"),
        ("zhike/site/cli.py", "from django.utils.translation import get_language"),
    ],
    code.texts_stand_where_they_are_collected: [
        ("zhike/web/pages/home.py", "f\"{_('Home')}.csv\""),
        ("zhike/web/pages/home.py", "f\"{_('{n} files').with_(n=1)}.csv\""),
    ],
    code.a_file_says_what_it_is_for: [("zhike/query/__init__.py", ""), ("zhike/query/lexer.py", "import re")],
}

GOOD_PAGES = {
    pages.texts_can_be_translated: [
        '<p>{{ _("Saved") }}</p>',
        '<button title="{{ _("Close") }}">×</button>',
        "<kbd>Enter</kbd> <code>owner = me</code>",
        "<p>客户</p><!-- a remark -->",
        "{% if a > b %}<b>{{ a }}</b>{% endif %}",
        '<a href="/accounts" class="button is-quiet">{{ label }}</a>',
        "<!doctype html>{% block page_class %}is-canvas{% endblock %}",
        ' id="{{ id }}" aria-invalid="true"',
        '<input placeholder="https://">',
        '<textarea class="input is-code" placeholder="owner = me"></textarea>',
    ],
    pages.nothing_stands_inline: [
        '<script type="module" nonce="{{ nonce }}" src="{{ asset("main.js") }}"></script>',
        '<div data-style="x" hx-get="/a">…</div>',
    ],
    pages.escaping_stays_on: ["{{ value }}", "<p>safe</p>"],
}

BAD_PAGES = {
    pages.texts_can_be_translated: [
        "<p>Saved</p>",
        '<button title="Close">×</button>',
        '<input placeholder="Search by name">',
        "{% if x %}<b>{{ n }}</b> records{% endif %}",
        "Nothing here",
    ],
    pages.nothing_stands_inline: [
        '<p style="color: red">…</p>',
        '<button onclick="go()">…</button>',
        '<div hx-on:click="go()">…</div>',
        "<script>go()</script>",
        "<style>p { color: red }</style>",
        '<a href="javascript:go()">…</a>',
    ],
    pages.escaping_stays_on: ["{{ value|safe }}", "{{ value | safe }}", "{% autoescape false %}x{% endautoescape %}"],
}


def samples(table):
    return [
        pytest.param(rule, *_pair(sample), id=f"{rule.__name__}-{n}")
        for rule, all_ in table.items()
        for n, sample in enumerate(all_)
    ]


def _pair(sample):
    return sample if isinstance(sample, tuple) else (sample,)


@pytest.mark.parametrize(("rule", "path", "source"), samples(GOOD_CODE))
def test_good_code_passes(rule, path, source):
    assert list(rule(ast.parse(source), path)) == []


@pytest.mark.parametrize(("rule", "path", "source"), samples(BAD_CODE))
def test_bad_code_is_caught(rule, path, source):
    assert list(rule(ast.parse(source), path))


@pytest.mark.parametrize(("rule", "source"), samples(GOOD_PAGES))
def test_a_good_template_passes(rule, source):
    assert list(rule(source)) == []


@pytest.mark.parametrize(("rule", "source"), samples(BAD_PAGES))
def test_a_bad_template_is_caught(rule, source):
    assert list(rule(source))


def test_every_rule_has_samples():
    assert set(GOOD_CODE) == set(BAD_CODE) == set(code.RULES)
    assert set(GOOD_PAGES) == set(BAD_PAGES) == set(pages.RULES)


def test_complaints_name_the_line():
    assert list(pages.texts_can_be_translated("<p>{{ a }}</p>\n{#\n#}\n<p>\nSaved</p>")) == [
        (5, "text without _(): Saved")
    ]


def test_length_and_machine_names_are_caught():
    assert list(files.too_long("zhike/a.py", "x\n" * 601))
    assert not list(files.too_long("zhike/a.py", "x\n" * 600))
    assert not list(files.too_long("package-lock.json", "x\n" * 2000))
    assert list(files.names_a_machine("a", "see " + "/" + "root/.config"))
    assert list(files.names_a_machine("a", "x\nhttps://registry." + "npmjs.org/a"))
    assert not list(files.names_a_machine("a", "rooted at /usr/lib, workshop/"))
