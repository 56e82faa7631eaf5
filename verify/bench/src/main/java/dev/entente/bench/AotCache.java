package dev.entente.bench;

import dev.entente.bench.load.ClosedLoop;
import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.load.Loads;
import dev.entente.bench.load.RequestTemplate;
import dev.entente.bench.process.BenchNode;
import dev.entente.bench.process.Peer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * The coordinator's AOT cache: classes loaded and linked, and profiles of hot methods, from a training run (JEP 483,
 * 514, 515). It fits one jar and one JDK; where it does not fit, the JVM starts without it.
 */
final class AotCache {
    private static final Duration END_LIMIT = Duration.ofMinutes(2);
    private static final int IN_FLIGHT = 256;
    private static final int LEFT_BEHIND = 2_000;

    private AotCache() {}

    /** The JVM's options for a start with {@code cache}; one that does not fit is passed over in silence. */
    static List<String> use(Path cache) {
        return List.of("-XX:AOTCache=" + cache, "-Xlog:aot*=off");
    }

    /** Trains a cache into the trial's directory and returns its path. */
    static Path train(Trial trial, Peer participant) throws IOException, SQLException, InterruptedException {
        Path cache = trial.directory().resolve("entente-server.aot");
        train(trial, participant, cache);
        return cache;
    }

    /**
     * Runs a coordinator through a life of its own, and has the JVM write {@code cache} at its end. It takes over what
     * a dead one left behind, then bears load for the length of the warm-up.
     */
    static void train(Trial trial, Peer participant, Path cache)
            throws IOException, SQLException, InterruptedException {
        trial.say("training an AOT cache");
        String url = trial.database().create("training");
        leaveBehind(trial, participant, url);
        BenchNode node = trial.node("training", url, participant, record(cache));
        run(node, RequestTemplate.saga(), trial.effort().warmUp());
        run(node, RequestTemplate.tcc(), trial.effort().warmUp().dividedBy(4));
        node.end(END_LIMIT);
        if (Files.notExists(cache)) {
            throw new IOException("the JVM has written no AOT cache to " + cache);
        }
    }

    private static void leaveBehind(Trial trial, Peer participant, String url)
            throws IOException, SQLException, InterruptedException {
        BenchNode dead = trial.node("before-training", url, participant, List.of());
        participant.hang();
        OpenBacklog.submit(dead, RequestTemplate.sagaAt(EntenteServer.PARTICIPANT), LEFT_BEHIND);
        dead.kill();
        participant.letGo();
    }

    /**
     * Returns the options that record the cache. The JVM's messages go to standard error, for the first line on
     * standard output is the server's.
     */
    private static List<String> record(Path cache) {
        return List.of("-XX:AOTCacheOutput=" + cache, "-Xlog:disable", "-Xlog:all=warning:stderr");
    }

    private static void run(BenchNode node, RequestTemplate request, Duration length) throws InterruptedException {
        ClosedLoop loop = new ClosedLoop(Loads.entente(node.channel(), request), IN_FLIGHT);
        loop.start();
        Thread.sleep(length);
        if (!loop.stop(END_LIMIT) || loop.failed() > 0) {
            throw new IllegalStateException("the training run failed: " + loop.firstFailure());
        }
    }
}
