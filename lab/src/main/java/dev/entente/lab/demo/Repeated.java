package dev.entente.lab.demo;

import dev.entente.lab.crash.CrashJob;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.crash.Customers;
import dev.entente.lab.judge.Claim;
import dev.entente.lab.judge.Invariant;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.StoredTransactions;
import dev.entente.rig.Victim;
import dev.entente.rig.Wait;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import shop.v1.Fault;

/** The workload of a scenario that is one operation, told by its gid, again and again. Thread-safe once it is built. */
final class Repeated implements CrashWorkload {
    private final String gids;
    private final Stage stage;
    private final Operation operation;
    private final Callable<List<Invariant>> truth;
    private final List<Victim> victims = new ArrayList<>();
    private Victim.Act preparation;
    private Backlog backlog = () -> 0;
    private int decisionKillEvery = 3;
    private int clients = CrashWorkload.super.clients();
    private @Nullable Function<StoredTransactions, List<Claim>> consequences;
    private long made;

    /** One operation. */
    @FunctionalInterface
    interface Operation {
        /**
         * Not begun yet.
         *
         * @param random to be used before this returns
         */
        CrashJob of(String gid, Random random);
    }

    /** How much waits elsewhere. */
    @FunctionalInterface
    interface Backlog {
        long size() throws SQLException;
    }

    /** @param truth what must be true in the end, beyond that ends agree with ledgers */
    Repeated(String gids, Stage stage, Operation operation, Callable<List<Invariant>> truth) {
        this.gids = gids;
        this.stage = stage;
        this.operation = operation;
        this.truth = truth;
        this.preparation = () -> Customers.open(stage.books());
    }

    /** Made ready so, instead of by {@link Customers}. */
    Repeated preparedBy(Victim.Act act) {
        preparation = act;
        return this;
    }

    /** May be killed, too. */
    Repeated killing(Victim victim) {
        victims.add(victim);
        return this;
    }

    /**
     * The coordinator dies right behind a decision at every so manieth kill, instead of every third.
     *
     * @param every 0 = never: nothing is ever decided
     */
    Repeated decisionKillEvery(int every) {
        decisionKillEvery = every;
        return this;
    }

    /** Sets the number of clients, for operations that are much work. */
    Repeated clients(int number) {
        clients = number;
        return this;
    }

    /** Adds unfinished work beside the coordinator's open transactions: an outbox. */
    Repeated withBacklog(Backlog backlog) {
        this.backlog = backlog;
        return this;
    }

    /** Participants submit more, and it is waited for: claims about that. */
    Repeated followedBy(Function<StoredTransactions, List<Claim>> consequences) {
        this.consequences = consequences;
        return this;
    }

    /** Trouble that keeps a call busy for a while, so that kills find it under way. */
    static Fault slow(Random random) {
        return Fault.newBuilder().setDelayMs(50 + random.nextInt(400)).build();
    }

    @Override
    public String gids() {
        return gids;
    }

    @Override
    public void prepare() throws Exception {
        preparation.run();
    }

    @Override
    public synchronized CrashJob next() {
        return operation.of(gids + made++, stage.random());
    }

    @Override
    public long open(RigCoordinator coordinator) throws SQLException {
        return coordinator.open().total() + backlog.size();
    }

    @Override
    public int decisionKillEvery() {
        return decisionKillEvery;
    }

    @Override
    public int clients() {
        return clients;
    }

    @Override
    public List<Victim> victims() {
        return List.copyOf(victims);
    }

    @Override
    public void settle(Duration limit) throws Exception {
        if (consequences != null) {
            Wait.until(limit, () -> open(stage.coordinator()) == 0);
        }
    }

    @Override
    public List<Claim> consequences(StoredTransactions stored) {
        return consequences == null ? List.of() : consequences.apply(stored);
    }

    @Override
    public List<Invariant> invariants() throws Exception {
        return truth.call();
    }
}
