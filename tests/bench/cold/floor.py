"""The least that a webhook on Chalice and DynamoDB can be: one route, one botocore client, one call.

Not imported by the benchmark: it is copied beside the libraries of the package and started as `app`.
"""

import os
from typing import Any

from botocore.session import get_session
from chalice import Chalice

app = Chalice(app_name="floor")
dynamodb = get_session().create_client("dynamodb")


@app.route("/webhooks/{connection}", methods=["POST"])
def receive(connection: str) -> dict[str, Any]:
    key = {"pk": {"S": connection}, "sk": {"S": "floor"}}
    return {"found": "Item" in dynamodb.get_item(TableName=os.environ["RISTOURNE_TABLE"], Key=key)}
