package dev.entente.outbox;

import dev.entente.client.Retry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One claim, the deliveries, and what became of them: one transaction. If this process dies in it, the database undoes
 * the claim, and others deliver all of it, part of it again.
 */
final class Batch {
    private static final Logger LOG = LoggerFactory.getLogger(Batch.class);
    private static final int MAX_ERROR_CHARS = 1000;
    private static final Duration LONGEST_WAIT_ASKED_FOR = Duration.ofHours(1);

    private final Connection connection;
    private final RelaySettings settings;
    private final Carriers carriers;
    private final BooleanSupplier isClosing;
    private final RandomGenerator random;
    /** Written by the threads that deliveries end on. */
    private final Queue<Attempt> attempts = new ConcurrentLinkedQueue<>();

    private final long startedNanos = System.nanoTime();

    /** @param connection not in autocommit mode; the batch ends its transaction, unless it throws */
    Batch(
            Connection connection,
            RelaySettings settings,
            Carriers carriers,
            BooleanSupplier isClosing,
            RandomGenerator random) {
        this.connection = connection;
        this.settings = settings;
        this.carriers = carriers;
        this.isClosing = isClosing;
        this.random = random;
    }

    /**
     * What a batch did.
     *
     * @param claimed whether anything was due
     * @param retries how many messages will be attempted again
     */
    record Result(boolean claimed, int retries) {}

    /** Blocks until all attempts have ended, or their time has. */
    Result run() throws SQLException, InterruptedException {
        List<Claimed> first = ClaimStatements.first(connection, settings.batch(), settings.longestBatch());
        if (first.isEmpty()) {
            connection.commit();
            return new Result(false, 0);
        }
        List<Claimed> followers = ClaimStatements.followers(connection, first, settings.batch() - first.size());
        List<Chain> chains = Chain.of(first, followers);
        awaitAll(chains.stream().map(chain -> deliver(chain, 0)).toList());
        List<SettleStatements.Failed> failures = settle(chains);
        connection.commit();
        failures.stream().filter(failed -> failed.pause() == null).forEach(Batch::tell);
        return new Result(true, (int)
                failures.stream().filter(failed -> failed.pause() != null).count());
    }

    /** The next of a chain only after this one was delivered. */
    private CompletableFuture<Void> deliver(Chain chain, int index) {
        if (index == chain.messages().size() || !mayStart()) {
            return done();
        }
        Claimed message = chain.messages().get(index);
        return carriers.deliver(message).thenCompose(delivery -> {
            Attempt attempt = new Attempt(message, delivery);
            attempts.add(attempt);
            return attempt.succeeded() ? deliver(chain, index + 1) : done();
        });
    }

    private static CompletableFuture<Void> done() {
        return CompletableFuture.allOf();
    }

    /** What is not started stays claimed for a moment, then is due as before. */
    private boolean mayStart() {
        return !isClosing.getAsBoolean()
                && System.nanoTime() - startedNanos < settings.callTimeout().toNanos();
    }

    private void awaitAll(List<CompletableFuture<Void>> chains) throws InterruptedException {
        CompletableFuture<Void> all = CompletableFuture.allOf(chains.toArray(new CompletableFuture<?>[0]));
        try {
            all.get(settings.longestBatch().toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException defect) {
            throw new IllegalStateException("a delivery failed instead of saying so", defect.getCause());
        } catch (TimeoutException defect) {
            throw new IllegalStateException("a delivery neither ended nor timed out", defect);
        }
    }

    private List<SettleStatements.Failed> settle(List<Chain> chains) throws SQLException {
        List<String> delivered = new ArrayList<>();
        List<SettleStatements.Failed> failures = new ArrayList<>();
        for (Attempt attempt : attempts) {
            if (attempt.succeeded()) {
                delivered.add(attempt.message().id());
            } else {
                failures.add(failed(attempt));
            }
        }
        SettleStatements.sent(connection, delivered);
        SettleStatements.failed(connection, failures);
        passOn(chains, failures);
        return failures;
    }

    /** Of each key the first one that is left is due, unless it just failed: then others wait behind it. */
    private void passOn(List<Chain> chains, List<SettleStatements.Failed> failures) throws SQLException {
        Map<String, Claimed> inTheWay = new HashMap<>();
        for (SettleStatements.Failed failure : failures) {
            String key = failure.message().key();
            if (key != null) {
                inTheWay.put(key, failure.message());
            }
        }
        List<String> free = new ArrayList<>();
        for (Chain chain : chains) {
            String key = chain.key();
            if (key != null && !inTheWay.containsKey(key)) {
                free.add(key);
            }
        }
        SettleStatements.makeNextDue(connection, free);
        SettleStatements.makeOthersWait(connection, inTheWay.values());
    }

    private SettleStatements.Failed failed(Attempt attempt) {
        Claimed message = attempt.message();
        if (attempt.delivery() instanceof Delivery.Unanswered unanswered) {
            return new SettleStatements.Failed(
                    message, cut(unanswered.error()), waitFor(message, unanswered.notBefore()));
        }
        if (attempt.delivery() instanceof Delivery.Refused refused) {
            return new SettleStatements.Failed(message, cut(refused.error()), null);
        }
        throw new IllegalArgumentException("it did not fail: " + message);
    }

    /** Null at the last attempt. */
    private @Nullable Duration waitFor(Claimed message, Duration notBefore) {
        Retry retry = settings.retry();
        int made = message.attempts() + 1;
        if (made >= retry.maxAttempts()) {
            return null;
        }
        Duration wait = retry.waitAfter(made, random);
        Duration asked = notBefore.compareTo(LONGEST_WAIT_ASKED_FOR) < 0 ? notBefore : LONGEST_WAIT_ASKED_FOR;
        return wait.compareTo(asked) > 0 ? wait : asked;
    }

    private static void tell(SettleStatements.Failed parked) {
        Claimed message = parked.message();
        LOG.warn("{} is parked after {} attempts: {}", message, message.attempts() + 1, parked.error());
    }

    private static String cut(String error) {
        String clean = error.replace('\0', ' ');
        return clean.length() <= MAX_ERROR_CHARS ? clean : clean.substring(0, MAX_ERROR_CHARS);
    }
}
