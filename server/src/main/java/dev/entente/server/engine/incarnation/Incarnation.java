package dev.entente.server.engine.incarnation;

import dev.entente.core.decision.Decide;
import dev.entente.server.engine.Engine;
import dev.entente.server.engine.EngineEnvironment;
import dev.entente.server.engine.EngineSettings;
import dev.entente.server.engine.Lease;
import dev.entente.server.participant.Participants;
import java.util.concurrent.CompletableFuture;

/**
 * One incarnation of a coordinator: engine, lease and claims. It ends when the lease is lost; then another incarnation
 * begins.
 */
final class Incarnation {
    private final Session session;
    private final DatabaseClock clock;
    private final LeaseKeeper lease;
    private final Engine engine;
    private final Claims claims;

    /** @param onLost called once when the lease is lost for good */
    Incarnation(
            Session session,
            Decide decider,
            Participants participants,
            EngineEnvironment environment,
            EngineSettings settings,
            Runnable onLost) {
        this.clock = new DatabaseClock(environment.nanos(), session.renewal());
        EngineEnvironment timed = environment.withClock(clock);
        this.session = session;
        this.lease = new LeaseKeeper(session.membership(), timed, settings.lease(), clock, session.renewal(), onLost);
        this.engine = new Engine(decider, session.store(), participants, lease, timed, settings);
        this.claims = new Claims(engine.intake(), session.store(), session.membership(), timed, settings);
    }

    /** Begins. The future returns how many transactions were taken over. */
    CompletableFuture<Integer> start() {
        lease.start();
        return claims.start();
    }

    DatabaseClock clock() {
        return clock;
    }

    long number() {
        return session.store().incarnation();
    }

    Engine engine() {
        return engine;
    }

    Lease lease() {
        return lease;
    }

    void drain() {
        claims.close();
        engine.drain();
    }

    /** Ends a drain: other coordinators adopt the remaining rows. */
    CompletableFuture<Void> retire() {
        claims.close();
        lease.end();
        engine.abandon();
        return session.membership().retire();
    }

    /** Drops everything. */
    void end() {
        claims.close();
        lease.end();
        engine.abandon();
        session.close().run();
    }
}
