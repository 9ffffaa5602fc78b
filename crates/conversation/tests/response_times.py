#!/usr/bin/env python3
"""Response times of a whole recorded stream of scored mentions, worked out at leisure.

Reads the file named first, one scored mention a line, and prints for each brand, as JSON:
answered and unanswered conversations, median and 90th percentile (nearest rank) of the
seconds from question to first answer. The rules are those of docs/care.md; nothing else is
shared with the program that it is held against.
"""

import json
import math
import sys
from collections import defaultdict
from datetime import datetime

EXPIRY_SECONDS = 14 * 24 * 3600
SPEAKS_FOR_OTHERS = {"brand", "staff", "partner", "press"}


def seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def role(post):
    return (post.get("author") or {}).get("role") or "customer"


def author(post):
    return (post.get("author") or {}).get("id")


def asks(post):
    score = post["score"]
    if role(post) in SPEAKS_FOR_OTHERS or score["kind"] in {"news", "promo", "webcare"}:
        return False
    if (post.get("cluster") or {}).get("size", 1) > 1:
        return False
    negative = score["label"] == "negative" and not score.get("abstained")
    return score["kind"] in {"complaint", "question"} or negative


def thread(post):
    return post.get("root") or post.get("in_reply_to") or post["id"]


def first_answer(question, posts, replies):
    """The time of the first reply that answers the question, or None."""
    asked_at = seconds(question["created_at"])
    found = []
    for post in posts:
        is_it = post["id"] == question["id"]
        is_same_talk = (
            author(post) is not None
            and author(post) == author(question)
            and thread(post) == thread(question)
            and seconds(post["created_at"]) <= asked_at + EXPIRY_SECONDS
        )
        if not is_it and not is_same_talk:
            continue
        times = [
            seconds(reply["created_at"])
            for reply in replies[post["id"]]
            if reply["id"] != post["id"]
            and (author(reply) is None or author(reply) != author(post))
            and seconds(reply["created_at"]) <= seconds(post["created_at"]) + EXPIRY_SECONDS
        ]
        if not times:
            continue
        first = min(times)
        if is_it or asked_at <= first <= asked_at + EXPIRY_SECONDS:
            found.append(first)
    return min(found, default=None)


def nearest_rank(values, share):
    return values[max(math.ceil(share * len(values)), 1) - 1] if values else None


def main():
    by_brand = defaultdict(dict)
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            post = json.loads(line)
            if not post.get("repost_of"):
                by_brand[post["brand"]].setdefault((post["platform"], post["id"]), post)
    result = {}
    for brand, all_posts in sorted(by_brand.items()):
        replies = defaultdict(list)
        customers = []
        for post in all_posts.values():
            if role(post) in {"brand", "staff"}:
                replies[post.get("in_reply_to")].append(post)
            else:
                customers.append(post)
        waits, unanswered = [], 0
        for question in filter(asks, customers):
            answer = first_answer(question, customers, replies)
            if answer is None:
                unanswered += 1
            else:
                waits.append(int(max(answer - seconds(question["created_at"]), 0)))
        waits.sort()
        result[brand] = {
            "answered": len(waits),
            "unanswered": unanswered,
            "median": nearest_rank(waits, 0.5),
            "p90": nearest_rank(waits, 0.9),
        }
    json.dump(result, sys.stdout, sort_keys=True)


main()
