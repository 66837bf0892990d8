"""The shapes of public feeds, with values of our own: what their publishers really send, rules or not."""

from __future__ import annotations

from typing import Any

_WHEN = {"created": "2024-05-01T10:20:30.000Z", "modified": "2024-05-02T10:20:30.123Z"}
_AUTHOR = "identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5"
_STATEMENT = "marking-definition--fa42a846-8d90-4e51-bc29-71d5b4802168"
_OPENCTI = "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba"
_OPENCTI_SCO = "extension-definition--f93e2c80-4231-4f9a-af8b-95c9bd566a82"
_AIS = "extension-definition--3a65884d-005a-4290-8335-cb2d778a83ce"


def _object(kind: str, number: int, **more: Any) -> dict[str, Any]:
    ident = f"{kind}--{number:08x}-1111-4111-8111-111111111111"
    return {"type": kind, "spec_version": "2.1", "id": ident, **_WHEN, **more}


def _indicator(number: int, **more: Any) -> dict[str, Any]:
    given = {"pattern": "[ipv4-addr:value = '192.0.2.7']", "pattern_type": "stix", "valid_from": "2024-05-01T00:00:00Z"}
    return _object("indicator", number, **{**given, **more})


FEEDS: dict[str, dict[str, Any]] = {
    "ATT&CK: a technique with its own properties and empty lists": _object(
        "attack-pattern",
        1,
        created_by_ref=_AUTHOR,
        object_marking_refs=[_STATEMENT],
        name="Remote service",
        description="Text with a (Citation: Source 2024).",
        external_references=[
            {"source_name": "mitre-attack", "url": "https://attack.example/T0001", "external_id": "T0001"},
            {"source_name": "Source 2024", "description": "A report", "url": "https://report.example/"},
        ],
        kill_chain_phases=[{"kill_chain_name": "mitre-ics-attack", "phase_name": "lateral-movement"}],
        revoked=False,
        x_mitre_attack_spec_version="3.1.0",
        x_mitre_contributors=[],
        x_mitre_data_sources=[],
        x_mitre_deprecated=False,
        x_mitre_domains=["ics-attack"],
        x_mitre_is_subtechnique=False,
        x_mitre_modified_by_ref=_AUTHOR,
        x_mitre_platforms=[],
        x_mitre_version="1.0",
    ),
    "ATT&CK: a tactic, a type of its own without an extension": _object(
        "x-mitre-tactic",
        2,
        name="Lateral movement",
        x_mitre_shortname="lateral-movement",
        x_mitre_domains=["ics-attack"],
    ),
    "ATT&CK: a technique that was revoked, with nothing else": _object(
        "attack-pattern", 3, name="Old technique", revoked=True, x_mitre_version="1.0"
    ),
    "ATT&CK: a relationship with a description and own properties": _object(
        "relationship",
        4,
        relationship_type="mitigates",
        source_ref="course-of-action--00000005-1111-4111-8111-111111111111",
        target_ref="attack-pattern--00000001-1111-4111-8111-111111111111",
        x_mitre_modified_by_ref=_AUTHOR,
        x_mitre_attack_spec_version="3.1.0",
    ),
    "ATT&CK in STIX 2.0: no version of the specification": {
        key: value
        for key, value in _object("tool", 5, name="A tool", labels=["tool"], x_mitre_platforms=["Windows"]).items()
        if key != "spec_version"
    },
    "an indicator of STIX 2.0, as old feeds send it": {
        "type": "indicator",
        "id": "indicator--00000006-1111-4111-8111-111111111111",
        **_WHEN,
        "labels": ["malicious-activity"],
        "name": "host",
        "pattern": "[domain-name:value = 'old.example']",
        "valid_from": "2024-05-01T00:00:00Z",
    },
    "AIS: a marking by its extension": {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": "marking-definition--00000007-1111-4111-8111-111111111111",
        "created": "2024-05-01T10:20:30.000Z",
        "extensions": {
            _AIS: {
                "extension_type": "property-extension",
                "identifier": "isa:guide.19001.ACS3-00000007-1111-4111-8111-111111111111",
                "name": "AIS",
                "create_date_time": "2024-05-01T10:20:30.000Z",
                "responsible_entity_custodian": "USA.DHS",
                "control_set": {"classification": "U", "formal_determination": ["PUBREL"]},
            }
        },
    },
    "AIS: an indicator with scores": _indicator(
        8,
        name="Host",
        confidence=50,
        indicator_types=["anomalous-activity"],
        lang="en",
        x_cisa_score=1.5,
    ),
    "OpenCTI: a report with its extension and empty texts": _object(
        "report",
        9,
        name="Report 28",
        description="",
        confidence=100,
        lang="en",
        published="2024-05-01T10:20:30.000Z",
        object_refs=["campaign--0000000a-1111-5111-8111-111111111111"],
        extensions={
            _OPENCTI: {
                "extension_type": "property-extension",
                "id": "82e80255-9793-4283-b34b-872b30f23f57",
                "type": "Report",
                "created_at": "2024-05-01T10:20:30.844Z",
                "updated_at": "2024-05-01T10:20:30.844Z",
                "is_inferred": False,
                "creator_ids": ["88ec0c6a-13ce-5e39-b486-354fe4a7084f"],
                "labels_ids": [],
            }
        },
    ),
    "OpenCTI: an observable with its second extension": {
        "type": "ipv4-addr",
        "spec_version": "2.1",
        "id": "ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd",
        "value": "198.51.100.3",
        "x_opencti_score": 75,
        "x_opencti_description": "",
        "object_marking_refs": ["marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"],
        "extensions": {
            _OPENCTI: {"extension_type": "property-extension", "type": "IPv4-Addr"},
            _OPENCTI_SCO: {"extension_type": "property-extension", "score": 75, "labels": []},
        },
    },
    "OpenCTI: an indicator whose id is of version 5": _indicator(
        0,
        id="indicator--0b2f5c1e-31c9-5c8e-9f3a-3b9f0c1d2e3f",
        x_opencti_main_observable_type="IPv4-Addr",
        revoked=False,
    ),
    "MISP: an event as grouping": _object(
        "grouping",
        11,
        created_by_ref=_AUTHOR,
        name="An event",
        context="suspicious-activity",
        object_refs=["indicator--0000000c-1111-4111-8111-111111111111"],
        labels=["Threat-Report", 'misp:tool="MISP-STIX-Converter"'],
    ),
    "MISP: an attribute as indicator": _indicator(
        12,
        pattern="[user-account:account_type = 'gitlab' AND user-account:x_misp_phone = '0112233445']",
        pattern_version="2.1",
        kill_chain_phases=[{"kill_chain_name": "misp-category", "phase_name": "Network activity"}],
        labels=['misp:type="ip-dst"', 'misp:category="Network activity"', 'misp:to_ids="True"'],
    ),
    "MISP: what STIX has no word for, as a type of its own": _object(
        "x-misp-attribute",
        13,
        created_by_ref=_AUTHOR,
        labels=['misp:type="github-username"'],
        x_misp_category="Social network",
        x_misp_type="github-username",
        x_misp_value="somebody",
    ),
    "MISP: observed data": _object(
        "observed-data",
        14,
        first_observed="2024-05-01T10:20:30Z",
        last_observed="2024-05-01T10:20:30Z",
        number_observed=1,
        object_refs=["ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd"],
    ),
    "a blocklist: a pattern of Snort": _indicator(
        15,
        pattern='alert tcp any any -> 192.0.2.7 any (msg:"x"; sid:1;)',
        pattern_type="snort",
        indicator_types=["unknown"],
    ),
    "a blocklist: times without milliseconds": _indicator(
        16, created="2024-05-01T10:20:30Z", modified="2024-05-01T10:20:30Z"
    ),
    "a blocklist: times with an offset": _indicator(17, valid_from="2024-05-01T10:20:30+00:00"),
    "a blocklist: valid until it began": _indicator(18, valid_until="2024-05-01T00:00:00Z"),
    "a blocklist: null where nothing is known": _indicator(19, description=None, confidence=None),
    "a vendor: texts where numbers belong": _indicator(20, confidence="80"),
    "a vendor: labels as one text": _indicator(21, labels="malicious"),
    "a vendor: upper case in the id": _indicator(0, id="indicator--ABCDEF01-1111-4111-8111-111111111111"),
    "a vendor: properties in camel case": _indicator(22, riskScore=90, threatLevel="high"),
    "a vendor: a URL observable with a deterministic id": {
        "type": "url",
        "spec_version": "2.1",
        "id": "url--9cc5a5dc-0acd-46c9-ae61-724dd1ec8b6b",
        "value": "https://bad.example/x",
        "defanged": False,
    },
    "a vendor: a file by its hashes, with one of nobody's": {
        "type": "file",
        "spec_version": "2.1",
        "id": "file--3d2cb1aa-0acd-46c9-ae61-724dd1ec8b6b",
        "hashes": {"SHA-256": "ab" * 32, "MD5": "cd" * 16, "imphash": "ef" * 16},
        "name": "x.exe",
    },
    "a vulnerability with an older identifier": _object(
        "vulnerability",
        23,
        name="CVE-2024-0001",
        external_references=[{"source_name": "cve", "external_id": "CVE-2024-0001", "url": "https://cve.example/"}],
        x_cvss_score=9.8,
    ),
    "a bundle in a list of objects": {
        "type": "bundle",
        "id": "bundle--00000018-1111-4111-8111-111111111111",
        "objects": [],
    },
}
