"""A program that uses the client generated from the OpenAPI document."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(sys.argv[1]).resolve()))

from guildhall_client import AuthenticatedClient, Client  # noqa: E402
from guildhall_client.api.bids import place_bid  # noqa: E402
from guildhall_client.api.projects import list_projects, post_project, read_project  # noqa: E402
from guildhall_client.models import CurrencyCode, Done, NewBid, NewProject, Problem, ProjectPage  # noqa: E402

base, seller_token, buyer_token = sys.argv[2:5]
seller = AuthenticatedClient(base_url=base, token=seller_token)
buyer = AuthenticatedClient(base_url=base, token=buyer_token)

listed = list_projects.sync(client=Client(base_url=base), per_page=2)
assert isinstance(listed, ProjectPage) and len(listed.projects) == 2, listed

posted = post_project.sync(
    client=seller,
    body=NewProject(
        name="A sign for a bakery",
        summary="Posted by a generated client",
        description="Two panes of glass.",
        budget=900,
        deadline=int(time.time()) + 86_400,
    ),
)
assert isinstance(posted, Done), posted

placed = place_bid.sync(id=posted.id, client=buyer, body=NewBid(amount=850.5, currency=CurrencyCode.EUR))
assert isinstance(placed, Done), placed

read = read_project.sync(id=posted.id, client=buyer)
assert read is not None and read.lowest_bid_amount == 850.5, read

refused = place_bid.sync(id=posted.id, client=buyer, body=NewBid(amount=800, currency=CurrencyCode.USD))
assert isinstance(refused, Problem) and refused.errors[0].field == "currency", refused

print("The generated Python client listed, posted, bid and read.")
