package dev.entente.server;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds {@code docs/limits.md} against the settings and the constants of the sources. */
class LimitsTableTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern SETTING = Pattern.compile("\\| `([a-z]+\\.?[a-zA-Z]*)` \\| ([^|]*?) \\|");
    private static final Pattern FIXED = Pattern.compile("(?m)^\\| ([^`|]*?) \\| (\\d+)( [A-Za-z%]+)? \\|[^|]*\\|$");
    private static final Pattern NUMBER = Pattern.compile("([\\d_]+)L?(?: << (\\d+))?");
    private static final Pattern SHARE = Pattern.compile("0\\.(\\d\\d?)");
    private static final Pattern DURATION = Pattern.compile("Duration\\.of(\\w+)\\(([\\d_]+)\\)");

    private static final Map<String, Long> UNITS = Map.of(
            "KiB", 1L << 10,
            "MiB", 1L << 20,
            "ms", 1L,
            "s", 1000L,
            "min", 60_000L,
            "h", 3_600_000L,
            "days", 86_400_000L);

    /** The class and the constant of each fixed limit. */
    private static final Map<String, String> CONSTANTS = Map.ofEntries(
            entry("characters of a gid", "Names.LONGEST_GID"),
            entry("characters of a plan's name, a branch's id, a label's key", "Names.LONGEST_NAME"),
            entry("characters of a label's value", "Names.LONGEST_VALUE"),
            entry("characters of a nested branch's path", "Names.LONGEST_PATH"),
            entry("a call's timeout", "PlanCheck.LONGEST_TIMEOUT"),
            entry("the shortest timeout or pause", "PlanCheck.SHORTEST"),
            entry("the longest pause between attempts", "PlanCheck.LONGEST_BACKOFF"),
            entry("attempts of one operation", "PlanCheck.MOST_ATTEMPTS"),
            entry("pauses of a schedule", "PlanCheck.MOST_PAUSES"),
            entry("growth of the pause per attempt", "PlanCheck.LARGEST_MULTIPLIER"),
            entry("a deadline", "PlanCheck.LONGEST_DEADLINE"),
            entry("labels of one plan", "Limits.LABELS"),
            entry("bytes of responses that one transaction may have to keep", "Limits.STORED_RESPONSE_BYTES"),
            entry("bindings of one operation", "BindingCheck.MOST_BINDINGS"),
            entry("fields of a binding's path", "BindingCheck.DEEPEST_PATH"),
            entry("characters of an approval's prompt", "ApprovalCheck.LONGEST_PROMPT"),
            entry("approvers of an approval", "ApprovalCheck.MOST_APPROVERS"),
            entry("characters of an approver's name", "ApprovalCheck.LONGEST_PRINCIPAL"),
            entry("characters of an ordering key", "MessageCheck.LONGEST_KEY"),
            entry("characters of a subscriber's name", "MessageCheck.LONGEST_SUBSCRIBER"),
            entry("characters of an HTTP path", "HttpPath.LONGEST_PATH"),
            entry("HTTP headers of one call", "HttpCheck.MOST_HEADERS"),
            entry("characters of an HTTP header", "HttpCheck.LONGEST_HEADER"),
            entry("headers of one record", "KafkaCheck.MOST_HEADERS"),
            entry("characters of a record's header", "KafkaCheck.LONGEST_HEADER"),
            entry("characters of a record's key", "KafkaCheck.LONGEST_KEY"),
            entry("findings that are told", "Findings.MOST"),
            entry("calls under way on one connection", "ApiServer.MAX_CALLS_PER_CONNECTION"),
            entry("an answer to the SDK", "ClientChannels.MAX_ANSWER_BYTES"),
            entry("submits without an answer on one stream", "SubmitStream.MAX_UNDER_WAY"),
            entry("headers of one request", "ApiServer.MAX_HEADER_BYTES"),
            entry("a TLS handshake, and what stands before the first HTTP/2 frame", "ApiServer.HANDSHAKE_SECONDS"),
            entry("a connection on which nothing is read, until it is asked by a PING", "ApiServer.PING_SECONDS"),
            entry("an answer to that PING", "ApiServer.PONG_SECONDS"),
            entry("PINGs of a client, each so long after the one before", "ApiServer.KEEP_ALIVE_SECONDS"),
            entry("calls that one connection gives up within ten seconds", "ApiServer.MAX_RESETS"),
            entry("a connection, a tenth more or less", "ApiServer.MAX_AGE"),
            entry("calls under way on a connection that is too old", "ApiServer.MAX_GRACE"),
            entry("a connection without a call", "ApiServer.MAX_IDLE"),
            entry(
                    "calls without a token to health and reflection, of one peer; a watch of the health until its end",
                    "OpenCalls.MAX_PEER_CALLS"),
            entry("such calls in all", "OpenCalls.MAX_ALL_CALLS"),
            entry("bytes of a request's head over HTTP", "HttpPort.MAX_HEAD_BYTES"),
            entry("HTTP connections", "HttpPort.MAX_CONNECTIONS"),
            entry("an HTTP connection on which nothing comes or goes", "HttpPort.IDLE_SECONDS"),
            entry("the same while there are too many of them", "HttpPort.FULL_IDLE_SECONDS"),
            entry("requests under way on one HTTP/2 connection of the HTTP port", "Encryption.MAX_STREAMS"),
            entry("frames without content of one such connection within a second", "Encryption.MAX_FRAMES_PER_SECOND"),
            entry("an answer to the command line, or from one coordinator to another", "ApiServer.MAX_ANSWER_BYTES"),
            entry("a token file that is damaged", "TokenFile.STALE_FOR"),
            entry("a token file that is missing", "TokenFile.MISSING_FOR"),
            entry("tokens whose last use is shown", "TokenUse.MOST_SHOWN"),
            entry("bytes of a file of TLS", "WatchedFiles.MAX_FILE_BYTES"),
            entry("audit rows that wait for the database", "QueuedTrail.MAX_WAITING"),
            entry("characters of a text in such an audit row", "QueuedTrail.MAX_CHARACTERS"),
            entry("what one coordinator signs for another", "PeerProof.MAX_AGE"),
            entry("takeovers of one transaction without progress", "Patience.TAKEOVERS"),
            entry("one operation's unbroken *not sent*", "Patience.UNREACHABLE"),
            entry("one operation's unbroken *in progress*", "Patience.IN_PROGRESS"),
            entry("one operation's unbroken *misconfigured* that may pass", "Patience.MISCONFIGURED"),
            entry("a transaction that its client has begun and not decided", "EngineSettings.BEGUN_TIMEOUT"),
            entry("a request that waits for the database", "DatabaseSettings.PATIENCE"),
            entry("of memory that one participant may hold while others need room", "EngineSettings.PER_PARTICIPANT"),
            entry("clients that wait or watch", "ApiLimits.MAX_WAITING"),
            entry("a submit that waits for the end", "EndWaiters.LONGEST"),
            entry("clients that watch one transaction", "Watches.MAX_WATCHERS"),
            entry("accepts that wait for the database", "WriteQueue.MAX_REFUSABLE"),
            entry("bytes of accepts that wait for the database", "WriteQueue.MAX_REFUSABLE_BYTES"),
            entry("operations in one commit", "GroupCommitWriter.MAX_OPERATIONS"),
            entry("bytes in one commit", "GroupCommitWriter.MAX_BYTES"),
            entry("calls that wait for a place at one participant", "CalledParticipant.MAX_WAITING"),
            entry("the wait for a connection to a participant", "Circuit.CONNECT"),
            entry("calls that wait for a connection to one participant", "ConnectionWait.MAX_WAITING"),
            entry(
                    "participants that are called by address at once, over gRPC, and over HTTP",
                    "ParticipantRegister.MAX_DIRECT"),
            entry("bytes of a request in a participant's stream", "OpenStream.MAX_REQUEST_BYTES"),
            entry("metadata of a participant's answer, over HTTP its headers", "CalledParticipant.MAX_METADATA_BYTES"),
            entry("bytes that a participant's reflection may tell in one look", "Look.MAX_BYTES"),
            entry("files that it may tell in one look", "Look.MAX_FILES"),
            entry("descriptors that it may tell in one look", "Look.MAX_ELEMENTS"),
            entry("one look at a participant's reflection", "Look.LONGEST"),
            entry("those who wait to look at one participant's reflection", "Reflection.MAX_WAITING"),
            entry("participants whose reflection is looked at at once", "Reflection.MAX_ASKED_AT_ONCE"),
            entry("descriptors that are kept, of all participants", "Descriptors.MAX_ELEMENTS"),
            entry("a wait that a participant asks for", "Answer.LONGEST_WISH"),
            entry("characters kept of a participant's reason", "Answer.MAX_DETAIL_CHARS"),
            entry("a list or a count", "Questions.MOST_SECONDS"),
            entry("lists and counts under way, and never more than half of database.pool", "ApiLimits.MAX_QUERIES"),
            entry("rows of a list where nothing is said", "Paging.STANDARD_ROWS"),
            entry("rows of a list", "Paging.MAX_ROWS"),
            entry("rows that a count counts in one table", "Queries.MOST_COUNTED"),
            entry("bytes of rows on one page of a list", "Listing.PAGE_BYTES"),
            entry("transactions of one act on many", "BulkActs.MAX_LIMIT"),
            entry("characters of an operator's reason", "Filters.MAX_REASON"),
            entry("retention of finished transactions, at least", "ValueParser.LEAST_RETENTION"),
            entry("lines a minute about transactions that park", "ParkLog.LINES"),
            entry("time between two lines of one logger and level of gRPC and Netty", "LineAMinute.PAUSE"),
            entry("a gid's first attempt, when it is sent again", "CoordinatorClient.RETRY_HORIZON"),
            entry("calls in one stream to a participant, unless set", "ParticipantStream.MAX_CALLS"),
            entry("bytes held by one stream to a participant, unless set", "ParticipantStream.MAX_BYTES"),
            entry("a message of the outbox", "OutboxMessage.MAX_PAYLOAD_BYTES"),
            entry("characters of an outbox message's ordering key", "OutboxMessage.MAX_KEY_CHARS"),
            entry("characters of an outbox message's address", "OutboxMessage.MAX_ADDRESS_CHARS"),
            entry("headers of an outbox message", "OutboxMessage.MAX_HEADERS"),
            entry("characters of an outbox message's header", "OutboxMessage.MAX_HEADER_CHARS"),
            entry("attempts of an outbox message, at the longest", "OutboxRelay.LONGEST_BEFORE_GIVING_UP"),
            entry("bytes of messages that a relay holds", "RelayLoop.MOST_PAYLOAD_BYTES"),
            entry("headers of one message for RocketMQ", "RocketMessage.MOST_HEADERS"),
            entry("bytes of one message for RocketMQ", "RocketMessage.MAX_PAYLOAD_BYTES"),
            entry("messages that wait in a carrier to Kafka", "SendQueue.MOST_WAITING"),
            entry("slots of a carrier to Kafka", "KafkaCarrier.MOST_SLOTS"),
            entry("a slot for a Kafka producer that is not renewed", "LeasedSlot.LEASE"),
            entry("attempts of a record from Kafka, at most", "KafkaInbox.MOST_ATTEMPTS"),
            entry("characters of an inbox's message id", "Inbox.MAX_ID_CHARS"),
            entry("retention of an inbox, at least", "Inbox.SHORTEST_RETENTION"),
            entry("age of a signed call, unless set", "CallSignature.TOLERANCE"),
            entry("characters of an object's id whose states are kept", "GuardedStates.MAX_ID_CHARS"),
            entry("characters of a stream's name", "StreamNames.MAX_CHARS"),
            entry("events of an append", "EventStore.MAX_EVENTS_AT_ONCE"),
            entry("the payload of a stored event", "EventStore.MAX_PAYLOAD_BYTES"),
            entry("stored events that are read at a time", "EventStore.MAX_PAGE"),
            entry("events that get their positions at a time", "Positions.MOST_AT_ONCE"),
            entry(
                    "events that a live projection takes at a time while it is rebuilt",
                    "Projection.LIVE_BESIDE_REBUILD"),
            entry("rows of a dropped generation that are deleted at a time", "Projection.CLEARED_AT_ONCE"),
            entry("a pause after a projection's failure", "ProjectionRunner.LONGEST_BACKOFF"),
            entry("a snapshot of a stream", "Aggregates.MAX_SNAPSHOT_BYTES"),
            entry("characters of an idempotency key", "IdempotencyKeys.MAX_KEY_CHARS"),
            entry("a request over HTTP under an idempotency key", "IdempotencyFilter.MAX_REQUEST_BYTES"),
            entry("an answer that is kept under an idempotency key", "IdempotencyKeys.MAX_ANSWER_BYTES"),
            entry("a wait for an equal request under an idempotency key", "IdempotencyKeys.LONGEST_WAIT"));

    @Test
    void every_setting_has_the_default_that_the_configuration_says() throws IOException {
        String configuration = Files.readString(ROOT.resolve("docs/configuration.md"));
        Map<String, String> defaults = new LinkedHashMap<>();
        SETTING.matcher(configuration).results().forEach(row -> defaults.put(row.group(1), row.group(2)));
        String page = page();
        String settings = page.substring(0, page.indexOf("## Fixed limits of a plan"));
        List<MatchResult> rows = SETTING.matcher(settings).results().toList();
        assertThat(rows)
                .extracting(row -> row.group(1))
                .containsAll(defaults.keySet().stream()
                        .filter(key -> key.startsWith("limits."))
                        .toList());
        assertThat(rows).allSatisfy(row -> {
            String shown = defaults.get(row.group(1));
            assertThat(shown).as(row.group(1)).isNotNull();
            assertThat(row.group(2)).as(row.group(1)).isEqualTo(shown.isBlank() ? "40 % of the heap" : shown);
        });
    }

    @Test
    void every_fixed_limit_is_the_constant_that_the_code_has() throws IOException {
        Map<String, Long> shown = new LinkedHashMap<>();
        FIXED.matcher(page()).results().forEach(row -> shown.put(row.group(1), inBaseUnits(row)));
        assertThat(shown.keySet()).containsExactlyInAnyOrderElementsOf(CONSTANTS.keySet());
        for (Map.Entry<String, Long> row : shown.entrySet()) {
            String constant = Objects.requireNonNull(CONSTANTS.get(row.getKey()));
            assertThat(values(constant)).as(row.getKey() + ", " + constant).contains(row.getValue());
        }
    }

    private static String page() throws IOException {
        return Files.readString(ROOT.resolve("docs/limits.md"));
    }

    private static long inBaseUnits(MatchResult row) {
        String unit = row.group(3) == null ? "" : row.group(3).strip();
        return Long.parseLong(row.group(2)) * UNITS.getOrDefault(unit, 1L);
    }

    /** Returns the constants of that name in classes of that name, as bytes, milliseconds or numbers. */
    private static List<Long> values(String constant) throws IOException {
        String name = constant.substring(constant.indexOf('.') + 1);
        Pattern declared = Pattern.compile(" " + name + "\\s*=\\s*([^;]+);");
        List<Long> found = Stream.of("core", "server", "client-sdk", "integrations/kafka", "integrations/rocketmq")
                .map(module -> ROOT.resolve(module).resolve("src/main/java"))
                .filter(Files::isDirectory)
                .flatMap(sources -> sources(sources, constant.substring(0, constant.indexOf('.')) + ".java"))
                .map(declared::matcher)
                .filter(Matcher::find)
                .map(declaration -> value(declaration.group(1), name))
                .toList();
        assertThat(found).as("constants called " + constant).isNotEmpty();
        return found;
    }

    private static long value(String source, String name) {
        Matcher duration = DURATION.matcher(source);
        if (duration.matches()) {
            ChronoUnit unit = ChronoUnit.valueOf(duration.group(1).toUpperCase(Locale.ROOT));
            return Duration.of(number(duration.group(2)), unit).toMillis();
        }
        if (SHARE.matcher(source).matches()) {
            return Math.round(Double.parseDouble(source) * 100);
        }
        Matcher number = NUMBER.matcher(source);
        assertThat(number.matches()).as(name + " = " + source).isTrue();
        long value = number(number.group(1)) << (number.group(2) == null ? 0 : Integer.parseInt(number.group(2)));
        return name.endsWith("SECONDS") ? value * 1000 : value;
    }

    private static long number(String digits) {
        return Long.parseLong(digits.replace("_", ""));
    }

    private static Stream<String> sources(Path folder, String file) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(path -> path.endsWith(file)).toList().stream().map(LimitsTableTest::text);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
