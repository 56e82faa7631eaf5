package dev.entente.outbox;

import dev.entente.client.Retry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes down what became of chains, of many at once, and says whose turn it is then. */
final class OutboxSettling {
    private static final int MAX_ERROR_CHARS = 1000;
    private static final Duration LONGEST_WAIT_ASKED_FOR = Duration.ofHours(1);

    private final RelaySettings settings;
    private final RandomGenerator random;
    private final Misdirected misdirected = new Misdirected(System::nanoTime);

    OutboxSettling(RelaySettings settings, RandomGenerator random) {
        this.settings = settings;
        this.random = random;
    }

    /** The result of the writes. */
    record Settled(List<SettleStatements.Failed> failures, boolean hasNotedKeys) {
        static final Settled NOTHING = new Settled(List.of(), false);
    }

    /**
     * Writes it, in the connection's open transaction.
     *
     * @return the failures among it, and whether keys may have been noted to be looked at again
     */
    Settled settle(OutboxStatements statements, Connection connection, List<EndedChain> ended) throws SQLException {
        Map<Long, List<EndedChain>> byRelay = ended.stream()
                .collect(Collectors.groupingBy(each -> each.chain().relay()));
        List<SettleStatements.Failed> failures = new ArrayList<>();
        for (Map.Entry<Long, List<EndedChain>> each : byRelay.entrySet()) {
            failures.addAll(settle(statements, connection, each.getKey(), each.getValue()));
        }
        return new Settled(failures, statements.passOn(connection, keysThatMovedOn(ended)));
    }

    private List<SettleStatements.Failed> settle(
            OutboxStatements statements, Connection connection, long relay, List<EndedChain> ended)
            throws SQLException {
        List<String> delivered =
                ended.stream().flatMap(each -> each.deliveredIds().stream()).toList();
        List<SettleStatements.Failed> failures = ended.stream()
                .flatMap(each -> each.failure().stream())
                .map(this::failed)
                .toList();
        List<String> unattempted = ended.stream()
                .filter(each -> each.attempts().isEmpty())
                .map(each -> each.chain().firstId())
                .toList();
        if (!delivered.isEmpty()) {
            statements.gone(connection, relay, delivered, SettleStatements.End.SENT);
        }
        if (!failures.isEmpty()) {
            statements.failed(connection, relay, failures);
        }
        if (!unattempted.isEmpty()) {
            statements.giveBack(connection, relay, unattempted);
        }
        return failures;
    }

    private static List<String> keysThatMovedOn(List<EndedChain> ended) {
        return ended.stream()
                .filter(each ->
                        !each.attempts().isEmpty() && each.attempts().get(0).succeeded())
                .map(each -> each.chain().key())
                .filter(Objects::nonNull)
                .toList();
    }

    private SettleStatements.Failed failed(EndedChain.Attempt attempt) {
        Delivery delivery = attempt.delivery();
        OutgoingMessage message = attempt.claimed().message();
        if (delivery instanceof Delivery.Misconfigured wrong) {
            boolean mayPass = misdirected.mayPass(message.id());
            return new SettleStatements.Failed(
                    message, cut(wrong.error()), mayPass ? waitFor(attempt.claimed(), Duration.ZERO) : null);
        }
        misdirected.forget(message.id());
        if (delivery instanceof Delivery.Unanswered unanswered) {
            return new SettleStatements.Failed(
                    message, cut(unanswered.error()), waitFor(attempt.claimed(), unanswered.notBefore()));
        }
        if (delivery instanceof Delivery.Refused refused) {
            return new SettleStatements.Failed(message, cut(refused.error()), null);
        }
        throw new IllegalArgumentException("it did not fail: " + message);
    }

    /** Null when it is given up. */
    private @Nullable Duration waitFor(Claimed claimed, Duration notBefore) {
        Retry retry = settings.retry();
        int made = claimed.message().attempts() + 1;
        if (made >= retry.maxAttempts() || claimed.triedFor().compareTo(settings.giveUpAfter()) >= 0) {
            return null;
        }
        Duration wait = retry.waitAfter(made, random);
        Duration asked = notBefore.compareTo(LONGEST_WAIT_ASKED_FOR) < 0 ? notBefore : LONGEST_WAIT_ASKED_FOR;
        return wait.compareTo(asked) > 0 ? wait : asked;
    }

    private static String cut(String error) {
        String clean = error.replace('\0', ' ');
        return clean.length() <= MAX_ERROR_CHARS ? clean : clean.substring(0, MAX_ERROR_CHARS);
    }
}
