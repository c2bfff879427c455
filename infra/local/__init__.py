"""The product on one machine: DynamoDB Local, the local AWS, the demo's shop and its story."""
