"""Every shipped object, imported once so that the registry and Django's migrations know it."""

from __future__ import annotations

from zhike.insight import duplicates_kept
from zhike.objects import everywhere
from zhike.objects.day.comment import Comment
from zhike.objects.day.file import File
from zhike.objects.day.follow_up import FollowUp
from zhike.objects.day.note import Note
from zhike.objects.day.saved_view import SavedView
from zhike.objects.day.snippet import Snippet
from zhike.objects.day.task import Task
from zhike.objects.insight.dashboard import Dashboard
from zhike.objects.insight.tile import Tile
from zhike.objects.marketing.segment import Segment
from zhike.objects.people.department import Department
from zhike.objects.people.handover import Handover, HandoverCustomer, HandoverPart
from zhike.objects.people.role import FieldRight, Grant, Role
from zhike.objects.people.sharing_rule import SharingRule
from zhike.objects.people.stand_in import StandIn
from zhike.objects.people.user import User
from zhike.objects.privacy.consent import Consent
from zhike.objects.privacy.retention_rule import RetentionRule
from zhike.objects.sales.account import Account
from zhike.objects.sales.assignment_rule import AssignmentRule
from zhike.objects.sales.contact import Contact
from zhike.objects.sales.lead import Lead
from zhike.objects.sales.opportunity import Opportunity, OpportunityContact
from zhike.objects.sales.order import Delivery, DeliveryLine, Order, OrderLine
from zhike.objects.sales.pipeline import Pipeline, Stage
from zhike.objects.sales.price_list import Price, PriceList
from zhike.objects.sales.product import BundlePart, Product
from zhike.objects.sales.quote import Quote, QuoteLine
from zhike.objects.sales.receivable import Payment, PaymentPart, ReceivablePlan

__all__ = [
    "Account",
    "AssignmentRule",
    "BundlePart",
    "Comment",
    "Consent",
    "Contact",
    "Dashboard",
    "Delivery",
    "DeliveryLine",
    "Department",
    "FieldRight",
    "File",
    "FollowUp",
    "Grant",
    "Handover",
    "HandoverCustomer",
    "HandoverPart",
    "Lead",
    "Note",
    "Opportunity",
    "OpportunityContact",
    "Order",
    "OrderLine",
    "Payment",
    "PaymentPart",
    "Pipeline",
    "Price",
    "PriceList",
    "Product",
    "Quote",
    "QuoteLine",
    "ReceivablePlan",
    "RetentionRule",
    "Role",
    "SavedView",
    "Segment",
    "SharingRule",
    "Snippet",
    "Stage",
    "StandIn",
    "Task",
    "Tile",
    "User",
    "duplicates_kept",
    "everywhere",
]
