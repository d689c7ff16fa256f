"""The e-commerce event names of the Segment specification (version 2) in our words.

Each maker gets the properties of a track call and gives the events that they stand for, without who and when; what it
took out of the properties is gone from them, the rest stays with the event. Names that are not here stay actions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

Properties: TypeAlias = dict[str, Any]
Made: TypeAlias = list[tuple[dict[str, Any], Properties]]
"""Fields of an event, and what is left of the properties that it was made of."""

_ITEM = ("product_id", "productId", "item_id", "itemId", "sku", "id")


def number(value: Any) -> Any:
    """A number that came as text, as one; anything else as it is, to be judged with all the rest.

    >>> number("19.90"), number(3), number("a lot")
    (19.9, 3, 'a lot')
    """
    if isinstance(value, str):
        try:
            return float(value) if len(value) < 40 else value
        except ValueError:
            return value
    return value


def _item(product: Properties) -> str:
    """The product's id, taken out; "" without one."""
    for name in _ITEM:
        value = product.get(name)
        if (isinstance(value, str) and value) or type(value) is int:
            return str(product.pop(name))
    return ""


def _products(properties: Properties) -> list[Properties]:
    """The products of a call: its list, else the call itself."""
    listed = properties.get("products")
    if isinstance(listed, list) and listed and all(isinstance(one, Mapping) for one in listed):
        del properties["products"]
        return [dict(one) for one in listed]
    return []


def _one(kind: str, **more: str) -> Callable[[Properties], Made]:
    """A maker of one event about the product that the properties describe. ``more``: field = property."""

    def make(properties: Properties) -> Made:
        item = _item(properties)
        if not item:
            return []
        return [({"kind": kind, "item": item, **_taken(properties, more)}, properties)]

    return make


def _sale(kind: str, product: Properties, shared: Properties) -> dict[str, Any]:
    """A line of a basket or an order."""
    fields: dict[str, Any] = {"kind": kind, "item": _item(product)}
    fields |= _taken(product, {"quantity": "quantity", "price": "price"})
    currency = product.pop("currency", None) or shared.get("currency")
    if currency is not None:
        fields["currency"] = currency.upper() if isinstance(currency, str) else currency
    return fields


def _cart(properties: Properties) -> Made:
    if not any(properties.get(name) for name in _ITEM):
        return []
    shared = dict(properties)
    return [(_sale("cart", properties, shared), properties)]


def _order(properties: Properties) -> Made:
    """One purchase per product. What describes the order as a whole stays with the first."""
    products = _products(properties)
    if not products and any(properties.get(name) for name in _ITEM[:-1]):
        products, properties = [properties], dict(properties)
    if not products or not all(any(product.get(name) for name in _ITEM) for product in products):
        if products:
            properties["products"] = products
        return []
    order = properties.pop("order_id", None) or properties.pop("orderId", None)
    made: Made = []
    for product in products:
        for name in ("order_id", "orderId"):
            product.pop(name, None)
        fields = _sale("purchase", product, properties)
        if order is not None:
            fields["order"] = str(order) if type(order) is int else order
        made.append((fields, product))
    properties.pop("currency", None)
    if products[0] is not properties:
        made[0] = (made[0][0], {**{k: v for k, v in properties.items() if k not in made[0][0]}, **made[0][1]})
    return made


def _seen(properties: Properties) -> Made:
    """A list of products as one impression each; the list is the slot."""
    slot = properties.pop("list_id", None) or properties.get("category") or ""
    products = _products(properties)
    if not products or not all(any(product.get(name) for name in _ITEM) for product in products):
        if products:
            properties["products"] = products
        return []
    made: Made = []
    for place, product in enumerate(products):
        fields = {"kind": "impression", "item": _item(product), "position": number(product.pop("position", place))}
        if slot:
            fields["slot"] = str(slot) if type(slot) is int else slot
        made.append((fields, product))
    made[0] = (made[0][0], {**properties, **made[0][1]})
    return made


def _shared_cart(properties: Properties) -> Made:
    channel = properties.pop("share_via", None)
    products = _products(properties)
    made: Made = [
        ({"kind": "share", "item": _item(product)} | ({"channel": channel} if channel else {}), product)
        for product in products
    ]
    return made if all(fields["item"] for fields, _ in made) else []


def _search(properties: Properties) -> Made:
    query = properties.pop("query", None)
    if not isinstance(query, str) or not query:
        return []
    fields: dict[str, Any] = {"kind": "search", "query": query}
    for name in ("results", "number_of_results", "results_count"):
        if type(properties.get(name)) is int:
            fields["results"] = properties.pop(name)
            break
    return [(fields, properties)]


def _wished(properties: Properties) -> Made:
    item = _item(properties)
    return [({"kind": "follow", "target": item}, properties)] if item else []


def _review(properties: Properties) -> Made:
    """The stars as a rating, the words as a message."""
    item, made = _item(properties), []
    words, stars = properties.pop("review_body", None), properties.pop("rating", None)
    if item and stars is not None:
        made.append(({"kind": "rating", "item": item, "value": number(stars)}, properties))
    if item and isinstance(words, str) and words:
        made.append(({"kind": "message", "item": item, "text": words, "channel": "review"}, {} if made else properties))
    return made


def _promotion(properties: Properties) -> Made:
    """A promotion is a place, not a product: a slot that was seen."""
    slot = properties.get("promotion_id") or properties.get("id") or properties.get("name")
    return [({"kind": "impression", "slot": f"promotion:{slot}"[:256]}, properties)] if slot else []


def _taken(properties: Properties, fields: Mapping[str, str]) -> dict[str, Any]:
    """Field = property, where there is one; taken out. Numbers may come as text."""
    found = {}
    for field, name in fields.items():
        value = properties.pop(name, None)
        if value is not None:
            found[field] = number(value) if field in ("quantity", "price", "position") else value
    return found


COMMERCE: Mapping[str, Callable[[Properties], Made]] = MappingProxyType(
    {
        "products searched": _search,
        "product list viewed": _seen,
        "product list filtered": _seen,
        "promotion viewed": _promotion,
        "product clicked": _one("click", position="position"),
        "product viewed": _one("view"),
        "product added": _cart,
        "wishlist product added to cart": _cart,
        "product added to wishlist": _wished,
        "order completed": _order,
        "product shared": _one("share", channel="share_via"),
        "cart shared": _shared_cart,
        "product reviewed": _review,
    }
)
"""Names in lower case -> makers. All other names of the specification (Product Removed, Cart Viewed, Checkout Started,
Order Refunded, Promotion Clicked, coupons, ...) have no effect of their own here and are kept as actions."""
