"""The wordings: how each attribute is asked about, and how the answer is said.

Every fact is asked in every wording of its set, so that one can be held out of training for each fact while other facts
are trained with it. Sets are only ever appended to: the place of a wording in its set is part of a sample's id.
`{name}` is the item, `{value}` what the text says, `{host}` the feature the item belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping

from randaemon.model import Category

Asked = tuple[Category, str]  # category and attribute

_P, _C, _E = Category.PARAMETER, Category.COUNTER, Category.EVENT
_F, _R, _A = Category.FEATURE, Category.RELATED_FEATURE, Category.PROCEDURE

QUESTIONS: Mapping[Asked, tuple[str, ...]] = {
    (_P, "default"): (
        "What is the default value of {name}?",
        "Which default does {name} have?",
        "What is {name} set to by default?",
        "Give the default value of {name}.",
    ),
    (_P, "range"): (
        "What is the range of {name}?",
        "Which values can {name} take?",
        "What values are allowed for {name}?",
        "Give the range of {name}.",
    ),
    (_P, "unit"): (
        "What is the unit of {name}?",
        "In which unit is {name} given?",
        "Which unit does {name} use?",
        "Give the unit of {name}.",
    ),
    (_P, "type"): (
        "What is the data type of {name}?",
        "Which data type does {name} have?",
        "Of which data type is {name}?",
        "Give the data type of {name}.",
    ),
    (_P, "description"): (
        "What does the parameter {name} mean?",
        "What is the parameter {name} for?",
        "Describe the parameter {name}.",
        "Explain the parameter {name}.",
    ),
    (_P, "takes_effect"): (
        "When does a change of {name} take effect?",
        "When does a new value of {name} apply?",
        "When is a change of {name} effective?",
        "Say when a change of {name} takes effect.",
    ),
    (_P, "precondition"): (
        "What is the precondition of {name}?",
        "Which precondition does {name} have?",
        "Under which condition does {name} apply?",
        "Give the precondition of {name}.",
    ),
    (_P, "mo"): (
        "Which MO class has the attribute {name}?",
        "To which MO class does the attribute {name} belong?",
        "In which MO class is the attribute {name}?",
        "Name the MO class of the attribute {name}.",
    ),
    (_P, "relation"): (
        "How is {name} related to {host}?",
        "What is {name} to the feature {host}?",
        "Which relation does {name} have to {host}?",
        "Give the relation of {name} to {host}.",
    ),
    (_P, "command_read"): (
        "Which cmedit command reads {name}?",
        "How do I read {name} with cmedit?",
        "How can I check {name} in ENM?",
        "Give the cmedit command that reads {name}.",
    ),
    (_P, "command_write"): (
        "Which cmedit command sets {name} to {value}?",
        "How do I set {name} to {value} with cmedit?",
        "How can I change {name} to {value} in ENM?",
        "Give the cmedit command that sets {name} to {value}.",
    ),
    (_C, "description"): (
        "What does the counter {name} count?",
        "What is the counter {name} for?",
        "Describe the counter {name}.",
        "Explain the counter {name}.",
    ),
    (_C, "type"): (
        "What is the counter type of {name}?",
        "Which counter type does {name} have?",
        "Of which counter type is {name}?",
        "Give the counter type of {name}.",
    ),
    (_C, "unit"): (
        "What is the unit of the counter {name}?",
        "In which unit does {name} count?",
        "Which unit does the counter {name} use?",
        "Give the unit of the counter {name}.",
    ),
    (_C, "condition"): (
        "When is the counter {name} stepped?",
        "What steps the counter {name}?",
        "Under which condition does {name} count?",
        "Give the condition of the counter {name}.",
    ),
    (_C, "mo"): (
        "Which MO class has the counter {name}?",
        "To which MO class does the counter {name} belong?",
        "In which MO class is the counter {name}?",
        "Name the MO class of the counter {name}.",
    ),
    (_E, "description"): (
        "What does the event {name} report?",
        "What is the event {name} for?",
        "Describe the event {name}.",
        "Explain the event {name}.",
    ),
    (_E, "trigger"): (
        "What triggers the event {name}?",
        "When is the event {name} reported?",
        "When does the event {name} occur?",
        "Give the trigger of the event {name}.",
    ),
    (_E, "parameters"): (
        "Which event parameters does {name} carry?",
        "What are the event parameters of {name}?",
        "What data comes with the event {name}?",
        "List the event parameters of {name}.",
    ),
    (_F, "identity"): (
        "What is the feature identity of {name}?",
        "Which identity does the feature {name} have?",
        "Under which identity is {name} known?",
        "Give the feature identity of {name}.",
    ),
    (_F, "package"): (
        "Which value package is {name} part of?",
        "In which value package is {name}?",
        "What is the value package of {name}?",
        "Name the value package of {name}.",
    ),
    (_F, "package_identity"): (
        "What is the value package identity of {name}?",
        "Which identity does the value package of {name} have?",
        "Under which identity is the package of {name} sold?",
        "Give the value package identity of {name}.",
    ),
    (_F, "node_type"): (
        "Which node type does {name} run on?",
        "For which node type is {name}?",
        "What is the node type of {name}?",
        "Name the node type of {name}.",
    ),
    (_F, "access_type"): (
        "Which access type is {name} for?",
        "What is the access type of {name}?",
        "For which radio access is {name}?",
        "Name the access type of {name}.",
    ),
    (_F, "licence_key"): (
        "What is the licence key of {name}?",
        "Which licence key does {name} need?",
        "Which key controls the feature {name}?",
        "Give the licence key of {name}.",
    ),
    (_F, "description"): (
        "What does the feature {name} do?",
        "What is the feature {name} for?",
        "Describe the feature {name}.",
        "Explain the feature {name}.",
    ),
    (_F, "command_read"): (
        "Which cmedit command shows the state of {name}?",
        "How do I check whether {name} is active?",
        "How can I see the feature state of {name} in ENM?",
        "Give the cmedit command that checks {name}.",
    ),
    (_F, "command_write"): (
        "Which cmedit command activates {name}?",
        "How do I activate {name} with cmedit?",
        "How can I switch on {name} in ENM?",
        "Give the cmedit command that activates {name}.",
    ),
    (_F, "command_off"): (
        "Which cmedit command deactivates {name}?",
        "How do I deactivate {name} with cmedit?",
        "How can I switch off {name} in ENM?",
        "Give the cmedit command that deactivates {name}.",
    ),
    (_R, "relationship"): (
        "How is {name} related to {host}?",
        "What is {name} to the feature {host}?",
        "Which relationship does {name} have to {host}?",
        "Give the relationship of {name} to {host}.",
    ),
    (_R, "description"): (
        "What is to be known about {name} when using {host}?",
        "Describe how {name} concerns {host}.",
        "Explain the dependency of {host} on {name}.",
        "How do {host} and {name} work together?",
    ),
    (_A, "steps"): (
        "What are the steps to {name}?",
        "How do I {name}?",
        "How can I {name}?",
        "List the steps to {name}.",
    ),
    (_A, "prerequisites"): (
        "What are the prerequisites to {name}?",
        "What must hold before I {name}?",
        "What is needed to {name}?",
        "List the prerequisites to {name}.",
    ),
    (_A, "after"): (
        "What is to be done after I {name}?",
        "What follows when I {name}?",
        "What comes after the steps to {name}?",
        "Say what to do after I {name}.",
    ),
}

ANSWERS: Mapping[Asked, str] = {
    (_P, "default"): "The default value of {name} is {value}.",
    (_P, "range"): "The range of {name} is {value}.",
    (_P, "unit"): "The unit of {name} is {value}.",
    (_P, "type"): "The data type of {name} is {value}.",
    (_P, "takes_effect"): "A change of {name} takes effect: {value}.",
    (_P, "precondition"): "The precondition of {name} is: {value}.",
    (_P, "mo"): "The attribute {name} belongs to the MO class {value}.",
    (_P, "relation"): "{name} is an {value} parameter of {host}.",
    (_C, "type"): "The counter type of {name} is {value}.",
    (_C, "unit"): "The unit of {name} is {value}.",
    (_C, "condition"): "The counter {name} counts under this condition: {value}.",
    (_C, "mo"): "The counter {name} belongs to the MO class {value}.",
    (_E, "trigger"): "The event {name} is triggered by this: {value}.",
    (_E, "parameters"): "The event {name} carries {value}.",
    (_F, "identity"): "The feature identity of {name} is {value}.",
    (_F, "package"): "The value package of {name} is {value}.",
    (_F, "package_identity"): "The value package identity of {name} is {value}.",
    (_F, "node_type"): "The node type of {name} is {value}.",
    (_F, "access_type"): "The access type of {name} is {value}.",
    (_F, "licence_key"): "The licence key of {name} is {value}.",
    (_R, "relationship"): "{name} is a {value} feature of {host}.",
    (_R, "description"): "For {host} and {name} this holds: {value}.",
    (_A, "prerequisites"): "Before you {name}, this must hold: {value}.",
    (_A, "after"): "After you {name}, do this: {value}.",
}

#: What a description is said of.
NOUNS: Mapping[Category, str] = {_P: "parameter", _C: "counter", _E: "event", _F: "feature"}
