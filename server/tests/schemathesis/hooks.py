"""Removes invented cursors from requests meant to be accepted: only the API issues valid ones."""

import base64
import re

import schemathesis


def looks_issued(cursor):
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        return False
    return re.fullmatch(r"[-a-z_]+ -?\d+ -?\d+", text) is not None


@schemathesis.hook
def before_call(context, case, kwargs):
    should_be_accepted = case.meta is None or case.meta.generation.mode.is_positive
    query = case.query or {}
    if should_be_accepted and "cursor" in query:
        if "page" in query or not looks_issued(str(query["cursor"])):
            del query["cursor"]
