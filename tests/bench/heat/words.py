"""What the section on hot keys says in words; its figures are in `heat.py`."""

from __future__ import annotations

SHOWS = """\
One key of DynamoDB lies on one machine: a sale is as fast as its hottest key. Ten thousand orders a second are played
by the real decisions on a table that charges each key by the second, with an influencer who brings three in ten of the
friends; a second of it under a programme of every kind; then five hundred friends of one referrer buy, sixteen at a
time, on AWS's own engine."""

MISSED = """\
A budget is sixteen shares: all orders that its rule rewards meet at sixteen items of 50 transactions a second, so that
a sale passes 800 orders a second. A process that starts reads every version of the programme: a thousand that start
within one second reach the limit of the programme's key with the third version."""

HEADLINES = (
    "write units a second of the hottest partition key",
    "read units a second of the hottest partition key",
    "transactions a second on the hottest item",
    "orders that were refused",
    "conversions a second of one referrer at which a limit is reached",
    "friends' orders answered 200, 16 at a time, DynamoDB Local",
)

NOTES = (
    """\
The sale: a tenth of the orders are friends' first ones and bring a code, three in ten of these the influencer's.
Buyers and the other referrers are drawn by Zipf's law with the exponent 0.6 from a million members of a year's
standing. Three in a hundred deliveries come again within a second. A read takes 5 ms and a transaction 15 ms, in
between somebody else may write; who loses pauses and tries again as the engine does. Every attempt is charged, also
one that fails. The stream is read as Lambda reads it: each of 128 shards four times a second.""",
    """\
With a higher exponent the most frequent buyer is no person any more (the table of exponents below): an account of
which more than 50 orders a second come, such as one that all tills of a chain share, is refused some of them, because
an item takes about 50 transactions a second and each order changes its buyer's balance.""",
    """\
A budget of 51,200.00 or more is 256 shares, and an order takes from the share that its id falls on: ten thousand orders
a second are about 40 for each. That is four fifths of what an item takes, so that about half of them lose a race with
another order and decide again; a few lose all their races, are answered 503, and come again from their storefront. At
five thousand a second hardly one does. An order whose own share is not enough reads at most 15 others, which its id
chooses, and takes from at most four. So in the second in which a budget ends its last shares are asked by many at once.
A process remembers for a minute which shares have nothing left; the figure for the second after the end is of a
thousand processes that know nothing yet. A smaller budget has fewer shares, sixteen at least, and takes 50 orders a
second for each.""",
    """\
Of the programme of every kind each order changes its buyer's counters, level, card, goals and score, which are in the
buyer's own item. A leaderboard's rows lie on eight keys and are written by the stream, of candidates only; before the
first daily round, which tells who that is, of everybody. A row that cannot be written in time is tried again.""",
    """\
Programme, secrets and API keys are read once a minute by each of Lambda's processes, not by each order. A process that
starts reads the list of versions and the version in force, in two requests; an older version is read when an order
asks for it that was paid then.""",
    """\
A link counts its clicks in sixteen items, at one write unit each; every click draws one of them. Its code is read at
one read unit, once a minute by each process and by every order that brings it. Assumed: one in twenty who follow the
influencer's link buys, and all of Lambda's thousand processes see it. A click that cannot be counted is dropped, and
the friend is led on; one whose code cannot be read is answered 503.""",
)
