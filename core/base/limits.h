// Every limit of the hub, named with its unit. What happens at a limit is said beside it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace passerelle::base {

// A batch closes at whichever of these comes first (ARCHITECTURE D1).
inline constexpr std::size_t kBatchRecordsMax = 1'000;
inline constexpr std::size_t kBatchBytesMax = 1 << 20;
inline constexpr std::chrono::milliseconds kBatchAgeMax{200};
// One gRPC message from a plugin; a larger one breaks the stream and fails the connector.
inline constexpr std::size_t kPluginMessageBytesMax = 16 << 20;
// One record's key, text field or reject sample; a longer key or field rejects the record.
inline constexpr std::size_t kRecordKeyBytesMax = 1'024;
inline constexpr std::size_t kTextFieldBytesMax = 64 << 10;
inline constexpr std::size_t kRejectSampleBytesMax = 256;
// Fields a record type may declare.
inline constexpr std::size_t kRecordFieldsMax = 256;
// Batches of one connector between its plugin and the journal; at the limit the plugin waits.
inline constexpr std::size_t kIntakeQueueBytesMax = 16 << 20;
// The same for all connectors together.
inline constexpr std::size_t kIntakeQueueBytesMaxTotal = 64 << 20;
// One commit of the journal; a larger one is refused before it is written.
inline constexpr std::size_t kCommitBytesMax = 512 << 20;
// State checkpoints: one section (the fold slices larger ones), and how many files are kept.
inline constexpr std::size_t kStateSectionBytesMax = 64 << 20;
inline constexpr std::size_t kStateCheckpointsKept = 2;
// The fold: records of open at_close scopes (a scope past it is given up); remembered decisions of
// one mapping (forgotten all at once at the limit); periods of one stock series.
inline constexpr std::size_t kHeldScopeBytesMax = 1 << 30;
inline constexpr std::size_t kMappingMemoEntriesMax = 1 << 20;
inline constexpr std::size_t kStockPeriodsMax = 16'384;
// Tokens the vault remembers without asking its file; at the limit it forgets them all.
inline constexpr std::size_t kVaultCacheEntriesMax = 1 << 20;
// Folded deltas that wait for the ledger; at the limit the fold waits.
inline constexpr std::size_t kUnpublishedBytesMax = 16 << 20;
// A supervised plugin: start, first answer, missed heartbeat, stop.
inline constexpr std::chrono::seconds kPluginStartMax{10};
inline constexpr std::chrono::seconds kPluginHeartbeatInterval{2};
inline constexpr std::chrono::seconds kPluginHeartbeatMax{10};
inline constexpr std::chrono::seconds kPluginStopMax{5};
// Between SIGTERM and SIGKILL for a plugin that did not stop.
inline constexpr std::chrono::seconds kPluginTermMax{1};
// One answer to Check or Discover, which may have to reach the source; then the try fails.
inline constexpr std::chrono::seconds kPluginAnswerMax{60};
// What the SDK gives a connector to return after a cancellation; then its process ends.
inline constexpr std::chrono::seconds kPluginGraceMax{3};
inline constexpr std::chrono::seconds kPluginBackoffMax{300};
// What the kernel gives a plugin's process: its own writable memory, open descriptors, bytes of a
// file it writes. Beyond: the allocation, the open or the write fails, and what that makes of it.
inline constexpr std::size_t kPluginMemoryBytesMax = std::size_t{2} << 30;
inline constexpr std::size_t kPluginDescriptorsMax = 512;
inline constexpr std::size_t kPluginFileBytesMax = 64 << 20;
inline constexpr std::size_t kPluginLogLineBytesMax = 4 << 10;
// The steering model.
inline constexpr std::size_t kModelFileBytesMax = 16 << 20;
inline constexpr std::size_t kModelBytesMax = 64 << 20;
inline constexpr std::size_t kModelFilesMax = 2'000;
// One secret, read from a file.
inline constexpr std::size_t kSecretBytesMax = 64 << 10;
// Findings that one check lists; the rest are counted.
inline constexpr std::size_t kModelFindingsMax = 1'000;
// Views of the organisation beside that of each fact's day; each has cells of its own.
inline constexpr std::size_t kOrgViewsMax = 4;
// `fresh` of an indicator, in hours.
inline constexpr std::int64_t kFreshHoursMax = 8'784;  // a leap year
// Fields that an indicator's facts are shown with.
inline constexpr std::size_t kDrillFieldsMax = 32;
// Dimensions of one indicator.
inline constexpr std::size_t kIndicatorDimensionsMax = 8;
// Calendars of opening hours: how many, spans of one day, dated closings and openings of one. Time
// is counted in these years; business_minutes() of an instant outside them is a range error.
inline constexpr std::size_t kCalendarsMax = 64;
inline constexpr std::size_t kCalendarSpansMax = 8;
inline constexpr std::size_t kCalendarDaysMax = 4'000;
inline constexpr int kCalendarYearFirst = 1990;
inline constexpr int kCalendarYearLast = 2100;
inline constexpr std::size_t kExpressionBytesMax = 16 << 10;
inline constexpr std::size_t kExpressionDepthMax = 100;
// One evaluation: turns of all/exists/map/filter, bytes of texts and lists it makes, bits of an
// exact rational's numerator or denominator; past these the result is an error value.
inline constexpr std::size_t kExpressionStepsMax = 100'000;
inline constexpr std::size_t kExpressionArenaBytesMax = 1 << 20;
inline constexpr std::size_t kRationalBitsMax = 4'096;
// One indicator, those that it names written out: aggregates, and operations on them.
inline constexpr std::size_t kIndicatorAggregatesMax = 64;
inline constexpr std::size_t kIndicatorOperationsMax = 512;
// rolling(I, n), and how far offset() goes, in periods.
inline constexpr std::int64_t kRollingPeriodsMax = 366;
inline constexpr std::int64_t kOffsetPeriodsMax = 1'000;
// landing_error(I, method, years): years over which a landing is tried, unless told.
inline constexpr std::int32_t kBacktestYears = 3;
inline constexpr std::int64_t kBacktestYearsMax = 10;
// Points of a target's trajectory, and periods that its status may wait.
inline constexpr std::size_t kTargetPointsMax = 120;
inline constexpr std::int64_t kTargetHysteresisMax = 24;
// `suppress_below` of an indicator. What may be hidden for it in one period is proved by a solver:
// its finest groups times the groupings, and the terms that it adds up. Past these everything but
// the coarsest grouping of that period is hidden.
inline constexpr std::int64_t kSuppressBelowMax = 1'000;
inline constexpr std::size_t kSuppressionCellsMax = 200'000;
inline constexpr std::size_t kSuppressionTermsMax = 20'000'000;
// Pools of a model, those of one cascade among them (its cost grows with their cube), and the
// destinations that one key names.
inline constexpr std::size_t kPoolsMax = 500;
inline constexpr std::size_t kCascadePoolsMax = 50;
inline constexpr std::size_t kKeyDestinationsMax = 1'000;
// Groupings that one indicator publishes.
inline constexpr std::size_t kPublishedGroupingsMax = 64;
// One subscriber: bytes waiting to be sent; at the limit its cells are conflated.
inline constexpr std::size_t kSubscriberQueueBytesMax = 1 << 20;
inline constexpr std::size_t kSubscribersMax = 1'000;
inline constexpr std::size_t kTargetsPerStreamMax = 64;
inline constexpr std::size_t kAccountsMax = 1'000;
inline constexpr std::size_t kPerimeterEntriesMax = 200;  // units and processes of one account
inline constexpr std::size_t kCellsPerMessageMax = 1'000;
// One message to the hub (a model folder is the largest) and one from it; a larger one is refused.
inline constexpr std::size_t kRequestBytesMax = 80 << 20;
inline constexpr std::size_t kAnswerBytesMax = 512 << 20;
// The HTTP door: a request's line and headers, connections, event streams among them.
inline constexpr std::size_t kHttpHeaderBytesMax = 16 << 10;
inline constexpr std::uint32_t kHttpConnectionsMax = 256;
inline constexpr std::uint32_t kHttpStreamsMax = 200;
// To send a request, or take an answer; a call in process; an event stream's sign of life, and how
// many of them may pass while a client takes nothing: then it is cut and may resume by its token.
inline constexpr std::chrono::seconds kHttpRequestMax{30};
inline constexpr std::chrono::seconds kHttpCallMax{600};
inline constexpr std::chrono::seconds kHttpHeartbeat{15};
inline constexpr int kHttpStalledBeatsMax = 4;
// Calls that wait for the door's reading thread; one more is refused.
inline constexpr std::size_t kWaitingCallsMax = 1'000;
// Quarantined records listed by one call.
inline constexpr std::size_t kQuarantinePageMax = 1'000;
// Formats: guards against archive bombs and endless documents.
inline constexpr std::uint64_t kUnzippedBytesMax = 4ULL << 30;
inline constexpr std::uint64_t kZipRatioMax = 200;
inline constexpr std::size_t kZipEntriesMax = 10'000;
inline constexpr std::size_t kCsvRowBytesMax = 1 << 20;
inline constexpr std::size_t kCsvColumnsMax = 4'096;
inline constexpr std::size_t kXmlDepthMax = 256;
inline constexpr std::size_t kXmlTextBytesMax = 1 << 20;
inline constexpr std::size_t kYamlDepthMax = 64;
inline constexpr std::size_t kSheetRowsMax = 1'048'576;
inline constexpr std::size_t kSheetColumnsMax = 16'384;
// The texts a workbook's sheets share; they are held in memory while one is read.
inline constexpr std::size_t kSharedStringsBytesMax = 128 << 20;
inline constexpr std::size_t kJsonBytesMax = 64 << 20;
inline constexpr std::size_t kJsonDepthMax = 64;

}  // namespace passerelle::base
