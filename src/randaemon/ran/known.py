"""Names that public material tells, and words that only look like names."""

from __future__ import annotations

#: Attributes that start `pm` + capital, from a published parameter list of 6,218 names.
PM_ATTRIBUTES = frozenset(
    {
        "pmActivated", "pmActivatedStatus", "pmConfigString", "pmEnabled", "pmEventMId", "pmEventServiceId",
        "pmEventSigMId", "pmEventSpecificationId", "pmFlexCounterFilterId", "pmGroupId", "pmGroupVersion", "pmId",
        "pmJobId", "pmMeasurementCapabilitiesId", "pmSupportId", "pmThresholdMonitoringId",
        "pmUeIntraFreqCellProfileId", "pmUeIntraFreqCellProfileRef", "pmUeIntraFreqEnabled", "pmUeMeasControlId",
        "pmUeMeasId", "pmUeReportType", "pmUlInterferenceReportId",
    }
)  # fmt: skip

#: Counters that do not start with `pm`, from a published page of the model and from TWAMP and PTP measurements.
PLAIN_COUNTERS = frozenset(
    {
        "delayRtP95", "ifHCInOctets", "ifHCLossOfSignal", "ifHCOutOctets", "ifInDiscards", "ifInErrors",
        "ifInOctetRatePercentiles", "ifOutDiscards", "ifOutErrors", "ifOutOctetRatePercentiles",
        "ipIfStatsIpOptDroppedPkts", "ipIfStatsOutDiscards", "ipdvFwdP95", "lostPktsFwd", "ptpOffsetFromMasterAvg",
        "reorderPktFwd",
    }
)  # fmt: skip

#: Words with the shape of a counter that are none: placeholders of prose, keys of the PM dictionary file format.
PLACEHOLDERS = frozenset(
    {
        "pmCounter", "pmCounters", "pmCounterName", "pmEvent", "pmEvents", "pmName", "pmX", "pmXx", "pmXxx", "pmXXX",
        "pmDictionary", "pmDictionaryHeader", "pmDictionaryMeasurements", "pmDefVsn", "pmDefSchemaVsn", "pmMeasResult",
        "pmRopStartTime", "pmRopEndTime",
    }
)  # fmt: skip

#: MO classes that public material names; others are recognised by the words they end in or by the document itself.
CLASSES = frozenset(
    {
        "AddressIPv4", "AddressIPv6", "AdmissionControl", "AnrFunction", "AnrFunctionEUtran", "AnrFunctionNR",
        "AntennaNearUnit", "AntennaSubunit", "AntennaUnit", "AntennaUnitGroup", "AuxPlugInUnit", "BfDevice",
        "BoundaryOrdinaryClock", "BrmBackup", "BrmBackupManager", "BtsFunction", "CapacityKey", "CapacityState",
        "CarrierAggregationFunction", "CellSleepFunction", "CmFunction", "CommonBeamforming", "DataRadioBearer",
        "Drx", "DrxProfile", "EmergencyUnlock", "EndpointResource", "ENodeBFunction", "Equipment",
        "EquipmentSupportFunction", "EthernetPort", "EthernetSwitchPort", "EUtranCellFDD", "EUtranCellRelation",
        "EUtranCellTDD", "EUtraNetwork", "EUtranFreqRelation", "EUtranFrequency", "ExternalENodeBFunction",
        "ExternalEUtranCellFDD", "ExternalGNodeBFunction", "ExternalNRCellCU", "FeatureKey", "FeatureState",
        "FieldReplaceableUnit", "FmAlarmModel", "FmAlarmSupervision", "GeranCell", "GeraNetwork", "GeranFreqGroup",
        "GNBCUCPFunction", "GNBCUUPFunction", "GNBDUFunction", "InterfaceIPv4", "IpAccessHostEt", "IpsecTunnel",
        "KeyFileManagement", "LagPort", "Licensing", "Lm", "LoadBalancingFunction", "LocalSctpEndpoint",
        "LogicalChannelGroup", "ManagedElement", "MceFunction", "MeContext", "MpProcessingResource", "NbIotCell",
        "NetworkElement", "NodeBFunction", "NodeGroupSyncMember", "NodeSupport", "NRCellCU", "NRCellDU",
        "NRCellRelation", "NRFreqRelation", "NRFrequency", "NRNetwork", "NRSectorCarrier", "NtpFrequencySync",
        "OptionalFeatureLicense", "Paging", "PlugInUnit", "PmEventJob", "PmFunction", "PmJob",
        "PmMeasurementCapabilities", "PreschedulingProfile", "PtpBcOcPort", "QciProfileOperatorDefined",
        "QciProfilePredefined", "QciTable", "RadioBearerTable", "RadioEquipmentClock", "RadioEquipmentClockReference",
        "Rcs", "ReportConfigA1Prim", "ReportConfigA5", "ReportConfigB1Utra", "ReportConfigSearch",
        "ResourcePartition", "ResourcePartitionMember", "RetSubUnit", "RfBranch", "RfPort", "RiLink", "RiPort",
        "RlfProfile", "RncFunction", "Router", "Rrc", "SctpAssociation", "SctpEndpoint", "SctpProfile",
        "SectorCarrier", "SectorEquipmentFunction", "SfpModule", "SignalingRadioBearer", "SubNetwork", "SwM",
        "SyncEthInput", "SystemFunctions", "TermPointToAmf", "TermPointToENB", "TermPointToGNB", "TermPointToMme",
        "TimeSettings", "TimeSyncIO", "TmaSubUnit", "Transport", "TwampTestSession", "UeMeasControl",
        "UePolicyOptimization", "UplinkBasebandPool", "UserPlaneEndpoint", "UtranCell", "UtranCellRelation",
        "UtraNetwork", "UtranFreqRelation", "VlanPort",
    }
)  # fmt: skip

#: What measurements of 3GPP begin with.
FAMILIES = frozenset(
    {
        "BEAM", "CARR", "CE", "CQI", "DRB", "E1SIG", "EQPT", "ERAB", "F1SIG", "GTP", "HO", "IP", "IRATHO", "L1M", "MAC",
        "MM", "MR", "NGSIG", "NSS", "OR", "PAG", "PEE", "PHR", "QF", "QFR", "QosFlow", "RACH", "RM", "RRC", "RRU",
        "RSD", "S1SIG", "SDU", "SM", "SRB", "TB", "UECNTX", "UEMEAS", "VS", "X2SIG", "XNSIG",
    }
)  # fmt: skip

#: Words behind a dot that end the name of a file or host.
ENDINGS = frozenset(
    {
        "bmp", "bz2", "cfg", "class", "com", "conf", "cpp", "cs", "css", "csv", "doc", "docx", "emf", "exe", "gif",
        "go", "gz", "htm", "html", "ico", "ini", "io", "java", "jpeg", "jpg", "js", "json", "jsonl", "log", "md", "net",
        "org", "pdf", "php", "png", "ppt", "pptx", "proto", "py", "rar", "rb", "rs", "rst", "sh", "sql", "svg", "tar",
        "tgz", "toml", "ts", "txt", "vsd", "wmf", "xls", "xlsx", "xml", "yaml", "yang", "yml", "zip",
    }
)  # fmt: skip

#: Words of the trade in the shape of an attribute.
NETWORK_WORDS = frozenset(
    {
        "eCPRI", "eMBB", "eMBMS", "eMTC", "eNB", "eNBs", "eNodeB", "eNodeBs", "eSIM", "gNB", "gNBs", "gNodeB",
        "gNodeBs", "iOS", "iPhone", "macOS", "mMTC", "moRef",
        "ngRAN", "nodeB", "rApp", "rApps", "uRLLC", "vCU", "vDU", "vRAN",
        "xApp", "xApps",
    }
)  # fmt: skip

#: States of a connection in the shape of an event.
STATES = frozenset({"RRC_CONNECTED", "RRC_IDLE", "RRC_INACTIVE", "RRC_CONNECTED_MODE", "RRC_IDLE_MODE"})
