package dev.entente.bench;

import com.google.protobuf.ByteString;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.entente.backends.RedisServer;
import dev.entente.bench.service.LocalWork;
import dev.entente.bench.service.StoredEvents;
import dev.entente.idempotency.RedisKeyStore;
import dev.entente.rig.AskedDatabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import redis.clients.jedis.JedisPooled;
import redis.clients.jedis.params.SetParams;

/**
 * How much a service does a second in its own database: states, events and idempotency keys. Each stands beside the
 * same as it is often written by hand, in windows by turns.
 */
final class ServicePatterns implements Mode.Question {
    private static final int THREADS = 8;
    private static final int LOADED_EVENTS = 10_000;

    @Override
    public void ask(Trial trial) throws IOException, SQLException, InterruptedException {
        try (HikariDataSource database = pool(trial.bed().database().create("service"))) {
            StoredEvents events = StoredEvents.fill(database, trial.effort().finished(), LOADED_EVENTS);
            trial.note("stored_events", events.count());
            pair(trial, "states", LocalWork.states(database), LocalWork.statesByHand(database));
            pair(trial, "events", LocalWork.events(database, events.store()), LocalWork.eventsByHand(database));
            pair(trial, "keys", LocalWork.keys(database), LocalWork.keysByHand(database));
            loads(trial, events);
        }
        if (RedisServer.PROGRAM.isInstalled()) {
            redis(trial);
        } else {
            trial.say("Redis is not installed: its keys are left out");
        }
    }

    private static HikariDataSource pool(AskedDatabase database) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(database.url());
        config.setMaximumPoolSize(THREADS + 2);
        return new HikariDataSource(config);
    }

    /** One window of each warms up and does not count. */
    private static void pair(Trial trial, String name, LocalWork ours, LocalWork byHand)
            throws InterruptedException, SQLException {
        AtomicLongArray[] numbers = {new AtomicLongArray(THREADS), new AtomicLongArray(THREADS)};
        for (int repeat = -1; repeat < trial.effort().repeats(); repeat++) {
            for (int turn = 0; turn < 2; turn++) {
                boolean isOurs = (turn + Math.max(0, repeat)) % 2 == 0;
                LocalWork work = isOurs ? ours : byHand;
                double perSecond = window(trial, work, numbers[isOurs ? 0 : 1]);
                if (repeat >= 0) {
                    trial.add(name + (isOurs ? "" : " by hand"), Trial.figures("per_s", perSecond));
                }
            }
        }
        trial.ratio(name + ":by-hand", trial.tally().ratio(name, name + " by hand", "per_s"));
    }

    /** @param numbers where each thread goes on */
    private static double window(Trial trial, LocalWork work, AtomicLongArray numbers)
            throws InterruptedException, SQLException {
        trial.bed().database().checkpoint();
        AtomicBoolean isOver = new AtomicBoolean();
        AtomicLong done = new AtomicLong();
        AtomicReference<Exception> failure = new AtomicReference<>();
        Thread[] threads = new Thread[THREADS];
        for (int i = 0; i < THREADS; i++) {
            int thread = i;
            threads[i] = Thread.ofPlatform().start(() -> {
                try {
                    while (!isOver.get()) {
                        work.once(thread, numbers.get(thread));
                        numbers.incrementAndGet(thread);
                        done.incrementAndGet();
                    }
                } catch (SQLException | IOException | RuntimeException broken) {
                    failure.set(broken);
                }
            });
        }
        long began = System.nanoTime();
        Thread.sleep(trial.effort().window());
        double perSecond = done.get() * 1e9 / (System.nanoTime() - began);
        isOver.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        if (failure.get() != null) {
            trial.problem("failed: " + failure.get());
        }
        return perSecond;
    }

    /** A long stream read whole and from a snapshot, and all events taken by a projection. */
    private static void loads(Trial trial, StoredEvents events) throws SQLException {
        for (int repeat = 0; repeat < trial.effort().repeats(); repeat++) {
            trial.add(
                    "load " + events.longest() + " events",
                    Trial.figures("per_s", events.loads(false, trial.effort().window())));
            trial.add(
                    "load from a snapshot",
                    Trial.figures("per_s", events.loads(true, trial.effort().window())));
        }
        trial.add(
                "projection",
                Trial.figures("per_s", events.projected(trial.effort().window())));
    }

    private static void redis(Trial trial) throws IOException, InterruptedException, SQLException {
        try (RedisServer server = new RedisServer()) {
            server.start();
            try (JedisPooled redis = new JedisPooled("127.0.0.1", server.port())) {
                SetParams unlessThere = SetParams.setParams().nx().px(LocalWork.KEPT.toMillis());
                SetParams kept = SetParams.setParams().px(LocalWork.KEPT.toMillis());
                pair(trial, "keys in Redis", LocalWork.keys(new RedisKeyStore(redis)), (thread, number) -> {
                    byte[] key = ByteString.copyFromUtf8("hand-" + thread + "-" + number)
                            .toByteArray();
                    redis.set(key, LocalWork.DIGEST.getBytes(StandardCharsets.US_ASCII), unlessThere);
                    redis.set(key, LocalWork.answer(), kept);
                });
            }
        }
    }
}
