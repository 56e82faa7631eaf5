package dev.entente.lab.crash;

import dev.entente.lab.judge.Books;
import dev.entente.lab.judge.Claim;
import dev.entente.lab.judge.Invariant;
import dev.entente.lab.judge.ShopInvariants;
import dev.entente.rig.StoredTransactions;
import dev.entente.rig.Victim;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An operation that clients do again and again while processes are killed, and the conditions that the databases must
 * meet afterwards. Thread-safe once it is built.
 */
public final class CrashWorkload {
    private final String gids;
    private final Operation operation;
    private final List<Victim> victims = new ArrayList<>();
    private Truth truth = books -> new ShopInvariants(books).all();
    private Backlog backlog = () -> 0;
    private int decisionKillEvery = 3;
    private int clients = 150;
    private boolean needsCustomers = true;
    private @Nullable Function<StoredTransactions, List<Claim>> consequences;
    private long made;

    /** One operation. */
    @FunctionalInterface
    public interface Operation {
        /**
         * Not begun yet.
         *
         * @param random to be used before this returns
         */
        CrashJob of(String gid, Random random);
    }

    /** The conditions that must hold in the end. */
    @FunctionalInterface
    public interface Truth {
        List<Invariant> read(Books books) throws Exception;
    }

    /** How much waits elsewhere. */
    @FunctionalInterface
    public interface Backlog {
        long size() throws SQLException;
    }

    /** @param gids all gids of its transactions start so, and no others do */
    public CrashWorkload(String gids, Operation operation) {
        this.gids = gids;
        this.operation = operation;
    }

    /** Judges by these conditions, beyond that ends agree with ledgers, instead of by {@link ShopInvariants}. */
    public CrashWorkload truth(Truth conditions) {
        truth = conditions;
        return this;
    }

    /** Opens no accounts of {@link Customers} beforehand. */
    public CrashWorkload withoutCustomers() {
        needsCustomers = false;
        return this;
    }

    /** May be killed, too. */
    public CrashWorkload killing(Victim victim) {
        victims.add(victim);
        return this;
    }

    /**
     * The coordinator dies right behind a decision at every so manieth kill, instead of every third.
     *
     * @param every 0 = never: nothing is ever decided
     */
    public CrashWorkload decisionKillEvery(int every) {
        decisionKillEvery = every;
        return this;
    }

    /** Sets the number of clients that do one operation after another. */
    public CrashWorkload clients(int number) {
        clients = number;
        return this;
    }

    /** Adds unfinished work beside the coordinator's open transactions: an outbox. */
    public CrashWorkload withBacklog(Backlog waiting) {
        backlog = waiting;
        return this;
    }

    /** Participants submit more, and it is waited for: claims about those transactions, which the coordinator has. */
    public CrashWorkload followedBy(Function<StoredTransactions, List<Claim>> claims) {
        consequences = claims;
        return this;
    }

    String gids() {
        return gids;
    }

    void prepare(Books books) throws SQLException {
        if (needsCustomers) {
            Customers.open(books);
        }
    }

    /** The next operation. Called by many clients at once. */
    synchronized CrashJob next(Random random) {
        return operation.of(gids + made++, random);
    }

    int clients() {
        return clients;
    }

    long backlog() throws SQLException {
        return backlog.size();
    }

    int decisionKillEvery() {
        return decisionKillEvery;
    }

    List<Victim> victims() {
        return List.copyOf(victims);
    }

    /** Tells whether participants submit more. */
    boolean isFollowed() {
        return consequences != null;
    }

    List<Claim> consequences(StoredTransactions stored) {
        return consequences == null ? List.of() : consequences.apply(stored);
    }

    List<Invariant> invariants(Books books) throws Exception {
        return truth.read(books);
    }
}
