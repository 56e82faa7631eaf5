package dev.entente.server.cli;

import com.google.protobuf.util.Timestamps;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that select transactions. Everything that is given must hold. */
final class FilterOptions {
    @Option(
            names = "--state",
            paramLabel = "STATE",
            split = ",",
            converter = StateReader.class,
            completionCandidates = StateNames.class,
            description = "RUNNING, SUCCEEDED, …; any of several.")
    private List<Transaction.State> states = new ArrayList<>();

    @Option(
            names = "--pattern",
            paramLabel = "PATTERN",
            split = ",",
            converter = PatternReader.class,
            completionCandidates = PatternNames.class,
            description = "SAGA, TCC, TWO_PHASE, MESSAGE, NOTIFICATION; any of several.")
    private List<Pattern> patterns = new ArrayList<>();

    @Option(names = "--open", description = "Only unfinished ones.")
    private boolean open;

    @Option(names = "--parked", description = "Only those that wait for an operator.")
    private boolean parked;

    @Option(names = "--overdue", description = "Only those that are due and that nobody has taken.")
    private boolean overdue;

    @Option(names = "--awaiting-approval", description = "Only those that wait for a person's approval.")
    private boolean awaitingApproval;

    @Option(names = "--name", paramLabel = "NAME", description = "The business name.")
    private String name = "";

    @Option(names = "--label", paramLabel = "KEY=VALUE", description = "A label; may be given many times.")
    private Map<String, String> labels = new LinkedHashMap<>();

    @Option(
            names = "--participant",
            paramLabel = "NAME",
            description = "The participant whose call is repeated after an attempt without success.")
    private String participant = "";

    @Option(names = "--gid-prefix", paramLabel = "TEXT", description = "How the gid begins.")
    private String gidPrefix = "";

    @Option(
            names = "--younger-than",
            paramLabel = "DURATION",
            converter = ClientCommand.DurationReader.class,
            description = "Created within the last 2h, 14d, ….")
    private @Nullable Duration youngerThan;

    @Option(
            names = "--older-than",
            paramLabel = "DURATION",
            converter = ClientCommand.DurationReader.class,
            description = "Created longer ago than that.")
    private @Nullable Duration olderThan;

    /** A state that a transaction can have. */
    static final class StateReader implements ITypeConverter<Transaction.State> {
        @Override
        public Transaction.State convert(String text) {
            return named(Transaction.State.values(), text);
        }
    }

    /** A pattern that a plan can have. */
    static final class PatternReader implements ITypeConverter<Pattern> {
        @Override
        public Pattern convert(String text) {
            return named(Pattern.values(), text);
        }
    }

    /** The states, for a shell to complete. */
    static final class StateNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return names(Transaction.State.values());
        }
    }

    /** The patterns, for a shell to complete. */
    static final class PatternNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return names(Pattern.values());
        }
    }

    private static <E extends Enum<E>> Iterator<String> names(E[] all) {
        return real(all).stream().map(Enum::name).iterator();
    }

    /** The last is for numbers that are not known, the first for none. */
    private static <E extends Enum<E>> List<E> real(E[] all) {
        return List.of(all).subList(1, all.length - 1);
    }

    private static <E extends Enum<E>> E named(E[] all, String text) {
        List<E> real = real(all);
        return real.stream()
                .filter(each -> each.name().equals(text))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("'" + text + "' is none of " + real));
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
                .setGidPrefix(gidPrefix);
        long now = System.currentTimeMillis();
        if (youngerThan != null) {
            filter.setCreatedAfter(Timestamps.fromMillis(now - youngerThan.toMillis()));
        }
        if (olderThan != null) {
            filter.setCreatedBefore(Timestamps.fromMillis(now - olderThan.toMillis()));
        }
        return filter.build();
    }
}
