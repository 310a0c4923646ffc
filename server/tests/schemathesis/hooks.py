"""Only the API hands cursors out, so one that was made up is left out of what is meant to be accepted."""

import base64
import re

import schemathesis


def handed_out(cursor):
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        return False
    return re.fullmatch(r"[-a-z_]+ -?\d+ -?\d+", text) is not None


@schemathesis.hook
def before_call(context, case, kwargs):
    meant_to_be_accepted = case.meta is None or case.meta.generation.mode.is_positive
    query = case.query or {}
    if meant_to_be_accepted and "cursor" in query:
        if "page" in query or not handed_out(str(query["cursor"])):
            del query["cursor"]
