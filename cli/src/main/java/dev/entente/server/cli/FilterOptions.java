package dev.entente.server.cli;

import com.google.protobuf.util.Durations;
import dev.entente.v1.Parked;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.Waiting;
import dev.entente.wire.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that select transactions. A transaction must match all given options. */
final class FilterOptions {
    @Option(
            names = "--state",
            paramLabel = "STATE",
            split = ",",
            converter = States.class,
            completionCandidates = States.class,
            description = "Only transactions in one of these states: RUNNING, SUCCEEDED, ….")
    private List<Transaction.State> states = new ArrayList<>();

    @Option(
            names = "--pattern",
            paramLabel = "PATTERN",
            split = ",",
            converter = Patterns.class,
            completionCandidates = Patterns.class,
            description = "Only transactions of one of these patterns: SAGA, TCC, TWO_PHASE, MESSAGE, NOTIFICATION.")
    private List<Pattern> patterns = new ArrayList<>();

    @Option(names = "--open", description = "Only unfinished transactions.")
    private boolean open;

    @Option(names = "--parked", description = "Only transactions that wait for an operator.")
    private boolean parked;

    @Option(names = "--overdue", description = "Only transactions that are due and that no coordinator has claimed.")
    private boolean overdue;

    @Option(names = "--awaiting-approval", description = "Only transactions that wait for an approval.")
    private boolean awaitingApproval;

    @Option(names = "--name", paramLabel = "NAME", description = "Only transactions with this name.")
    private String name = "";

    @Option(names = "--label", paramLabel = "KEY=VALUE", description = "Only transactions with this label; repeatable.")
    private Map<String, String> labels = new LinkedHashMap<>();

    @Option(
            names = "--participant",
            paramLabel = "NAME",
            description = "Only transactions that wait for a call to this participant, or for its capacity. With"
                    + " --waiting: only transactions that wait because of this participant.")
    private String participant = "";

    @Option(
            names = "--waiting",
            paramLabel = "KIND",
            split = ",",
            converter = Kinds.class,
            completionCandidates = Kinds.class,
            description = "Only transactions with one of these wait reasons: BACKOFF, CIRCUIT_OPEN, ….")
    private List<Waiting.Kind> waiting = new ArrayList<>();

    @Option(
            names = "--park-reason",
            paramLabel = "REASON",
            split = ",",
            converter = Reasons.class,
            completionCandidates = Reasons.class,
            description = "Only transactions that are parked for one of these reasons: UNDO_EXHAUSTED, ….")
    private List<Parked.Reason> parkReasons = new ArrayList<>();

    @Option(
            names = "--park-error",
            paramLabel = "TEXT",
            description = "Only transactions that are parked with this error text.")
    private String parkError = "";

    @Option(names = "--gid", paramLabel = "GID", description = "Only the transaction with this gid; repeatable.")
    private List<String> gids = new ArrayList<>();

    @Option(names = "--gid-prefix", paramLabel = "TEXT", description = "Only transactions with this prefix of the gid.")
    private String gidPrefix = "";

    @Option(
            names = "--younger-than",
            paramLabel = "DURATION",
            description = "Only transactions created less than this time ago: 2h, 14d, ….")
    private @Nullable Duration youngerThan;

    @Option(
            names = "--older-than",
            paramLabel = "DURATION",
            description = "Only transactions created more than this time ago: 2h, 14d, ….")
    private @Nullable Duration olderThan;

    @Option(
            names = "--created-after",
            paramLabel = "TIME",
            description = "Only transactions created after this time, such as 2026-01-31T12:00:00Z.")
    private @Nullable Instant createdAfter;

    @Option(
            names = "--created-before",
            paramLabel = "TIME",
            description = "Only transactions created before this time.")
    private @Nullable Instant createdBefore;

    /** The names of an API enum, for parsing and for the completion in a shell. */
    abstract static class Names<E extends Enum<E>> implements ITypeConverter<E>, Iterable<String> {
        private final List<E> names;

        /** Omits the first constant, which means none, and the last constant, which means an unknown number. */
        Names(E[] all) {
            names = List.of(all).subList(1, all.length - 1);
        }

        @Override
        public Iterator<String> iterator() {
            return names.stream().map(Enum::name).iterator();
        }

        @Override
        public E convert(String text) {
            return names.stream()
                    .filter(each -> each.name().equals(text))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("'" + text + "' is unknown; use one of " + names));
        }
    }

    private static final class States extends Names<Transaction.State> {
        States() {
            super(Transaction.State.values());
        }
    }

    private static final class Patterns extends Names<Pattern> {
        Patterns() {
            super(Pattern.values());
        }
    }

    private static final class Kinds extends Names<Waiting.Kind> {
        Kinds() {
            super(Waiting.Kind.values());
        }
    }

    private static final class Reasons extends Names<Parked.Reason> {
        Reasons() {
            super(Parked.Reason.values());
        }
    }

    TransactionFilter filter() {
        TransactionFilter.Builder filter = TransactionFilter.newBuilder()
                .addAllStates(states)
                .addAllPatterns(patterns)
                .setOnlyOpen(open)
                .setOnlyParked(parked)
                .setOnlyOverdue(overdue)
                .setOnlyAwaitingApproval(awaitingApproval)
                .setName(name)
                .putAllLabels(labels)
                .setParticipant(participant)
                .setGidPrefix(gidPrefix)
                .addAllWaiting(waiting)
                .addAllParkReasons(parkReasons)
                .setParkError(parkError)
                .addAllGids(gids);
        Instant after = createdAfter;
        if (youngerThan != null) {
            Instant oldest = Instant.now().minus(youngerThan);
            after = after == null || oldest.isAfter(after) ? oldest : after;
        }
        if (after != null) {
            filter.setCreatedAfter(Times.proto(after));
        }
        if (createdBefore != null) {
            filter.setCreatedBefore(Times.proto(createdBefore));
        }
        if (olderThan != null) {
            filter.setOlderThan(Durations.fromMillis(olderThan.toMillis()));
        }
        return filter.build();
    }
}
