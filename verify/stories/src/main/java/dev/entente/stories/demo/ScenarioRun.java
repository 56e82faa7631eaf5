package dev.entente.stories.demo;

import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Entente;
import dev.entente.client.PlanBuilder;
import dev.entente.demo.ShopService;
import dev.entente.rig.ChildFailure;
import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.Playground;
import dev.entente.rig.Receiver;
import dev.entente.rig.Resources;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.Shop;
import dev.entente.rig.SqlDatabase;
import dev.entente.rig.Wait;
import dev.entente.rig.Worker;
import dev.entente.stories.judge.Databases;
import dev.entente.stories.judge.Invariant;
import dev.entente.stories.judge.Law;
import dev.entente.v1.Transaction;
import dev.entente.wire.Decision;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * One run of a scenario: the running processes, the operations of a script, and its checks. Each check adds a line to
 * the result. Processes that a script starts end with the run.
 */
final class ScenarioRun implements AutoCloseable {
    /** The longest time that the coordinator lets a submit wait. */
    private static final Duration SUBMIT_WAIT = Duration.ofMinutes(5);
    /** With a faulty participant the awaited condition may never hold. Then the checks report the fault. */
    private static final Duration PATIENCE_WITH_LIARS = Duration.ofSeconds(40);

    private static final Duration POLL_INTERVAL = Duration.ofSeconds(1);
    private static final int SHOWN = 3;

    private final Scenario scenario;
    private final Stage stage;
    private final Result result;
    private final Resources started;
    private final long startNanos = System.nanoTime();

    /**
     * The running processes, and the connections to them.
     *
     * @param random seeded: an equal seed gives equal amounts
     * @param receiver a web hook of another party
     * @param ways the steps at which the shop's orders fail, one order per step
     * @param kills the number of kills that the user requests; 0 for none
     */
    record Stage(
            Entente entente,
            RigCoordinator coordinator,
            Shop shop,
            Random random,
            Playground playground,
            Receiver receiver,
            ExternalPrograms parts,
            List<ShopFailure> ways,
            int kills) {}

    ScenarioRun(Scenario scenario, Stage stage, Result result) {
        this.scenario = scenario;
        this.stage = stage;
        this.result = result;
        this.started = stage.playground().keep(new Resources());
    }

    /** Runs the script to its end. A problem that stops the script is a failed check. Blocks. */
    void play() {
        try {
            scenario.script().play(this);
        } catch (ChildFailure failed) {
            check("the scenario completed", false, 0, String.valueOf(failed.getMessage()));
        } catch (Exception problem) {
            check("the scenario completed", false, 0, problem.toString());
        }
    }

    @Override
    public void close() {
        started.close();
    }

    Stage stage() {
        return stage;
    }

    Entente entente() {
        return stage.entente();
    }

    Shop shop() {
        return stage.shop();
    }

    Random random() {
        return stage.random();
    }

    /** Returns the services of the scenario. */
    Set<ShopService> services() {
        return scenario.services();
    }

    Databases databases() {
        return new Databases(database());
    }

    EmbeddedDatabase database() {
        return stage.playground().database();
    }

    /** Returns the coordinator's own database. */
    SqlDatabase stored() {
        return database().ask(Playground.COORDINATOR_DATABASE);
    }

    /** Makes an empty database for a service of the scenario. */
    SqlDatabase create(String name) throws SQLException {
        database().create(name);
        return database().ask(name);
    }

    // ---- operations

    /** Submits a plan, records its transaction when it has finished, and checks its final state. Blocks. */
    Transaction submitted(PlanBuilder<?> plan, Transaction.State expected) {
        plan.submitAndWait(SUBMIT_WAIT);
        return reported(plan.gid(), expected);
    }

    /** Kills the coordinator with -9. */
    void killCoordinator() {
        stage.coordinator().kill();
        killed("coordinator");
    }

    /** Starts the coordinator again. Blocks until it is ready. */
    void restartCoordinator() throws IOException, InterruptedException {
        stage.coordinator().start(Map.of());
    }

    /** Notes that a process was killed with -9. */
    void killed(String what) {
        result.killed(
                new Result.Kill(Duration.ofNanos(System.nanoTime() - startNanos).toMillis(), what));
    }

    /** Starts a process of this class path, which ends with this run. Blocks until the process is ready. */
    Worker worker(String name, Class<?> main, List<String> arguments) throws IOException, InterruptedException {
        return stage.playground().startWorker(started, name, main, arguments);
    }

    /** Adds a sentence to the printed text. */
    void note(String sentence) {
        result.note(sentence);
    }

    Result result() {
        return result;
    }

    // ---- waiting

    /** Returns the number of transactions that are neither finished nor parked. */
    long openTransactions() throws SQLException {
        return stored().number("select count(*) from open_transaction where parked_at is null");
    }

    /** Waits until all transactions are finished or parked, and counts the states of those with this prefix. Blocks. */
    void awaitEnds(String prefix) throws Exception {
        await("the final states of " + prefix, () -> openTransactions() == 0);
        List<Integer> ends = stored().rows(row -> row.getInt(1), """
            select state from (select gid, state from open_transaction
              union all select gid, state from finished_transaction) stored
            where starts_with(gid, ?) and strpos(gid, '/') = 0
            """, prefix);
        ends.forEach(state -> result.count(Transaction.State.forNumber(state).name()));
    }

    /** Returns a transaction with its history, when it is finished or parked. Blocks. */
    Transaction await(String gid) {
        try {
            await("the final state of " + gid, () -> isAtRest(gid));
        } catch (RuntimeException refused) {
            throw refused;
        } catch (Exception interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + gid + " was awaited", interrupted);
        }
        return entente().transactions().describe(gid);
    }

    private boolean isAtRest(String gid) {
        try {
            entente().transactions().await(gid, POLL_INTERVAL);
            Transaction seen = entente().transactions().get(gid);
            return seen.getTerminal() || seen.hasParked();
        } catch (CoordinatorUnavailable busy) {
            return false; // a restarted coordinator may need more time; the caller asks again
        }
    }

    /** Blocks until the coordinator knows a transaction that an outbox may not have delivered yet. */
    void awaitKnown(String gid) throws Exception {
        await(gid + " to be known", () -> entente().transactions().decision(gid) != Decision.UNKNOWN);
    }

    /**
     * Blocks until the condition holds. With faulty participants the wait is limited.
     *
     * @param what the name of the condition
     */
    void await(String what, Wait.Condition<Exception> condition) throws Exception {
        if (shop().isAnyFaulty()) {
            Wait.until(PATIENCE_WITH_LIARS, condition);
        } else {
            Wait.until(what, condition);
        }
    }

    // ---- checks

    /** Records a transaction when it has finished, and checks its final state. Blocks. */
    Transaction reported(String gid, Transaction.State expected) {
        Transaction transaction = await(gid);
        result.report(transaction);
        return ended(transaction, expected);
    }

    Transaction ended(Transaction transaction, Transaction.State expected) {
        check(
                transaction.getGid() + " finished as " + expected,
                transaction.getState() == expected && transaction.getTerminal(),
                1,
                "its state is " + transaction.getState()
                        + (transaction.hasParked()
                                ? ", parked: " + transaction.getParked().getDetail()
                                : ""));
        return transaction;
    }

    void check(String invariant, boolean holds, long checked) {
        check(invariant, holds, checked, "");
    }

    /** @param finding the observed values; reported if the condition does not hold */
    void check(String invariant, boolean holds, long checked, String finding) {
        result.check(new Invariant(invariant, holds, checked, holds ? "" : finding));
    }

    /** Checks that the participants performed exactly these methods for the transaction, each once. */
    void effects(String gid, String... methods) throws SQLException {
        List<String> found = databases().methods(gid);
        check(
                "the participants' ledgers contain, once each: " + String.join(", ", methods),
                found.equals(Arrays.stream(methods).sorted().toList()),
                methods.length,
                "they contain: " + String.join(", ", found));
    }

    void effects(String gid, List<String> methods) throws SQLException {
        effects(gid, methods.toArray(String[]::new));
    }

    /** Checks the single number that {@code sql} returns. */
    void number(String name, long expected, ShopService service, String sql, Object... arguments) throws SQLException {
        number(name, expected, databases().of(service), sql, arguments);
    }

    void number(String name, long expected, SqlDatabase database, String sql, Object... arguments) throws SQLException {
        long found = database.number(sql, arguments);
        check(name, found == expected, 1, "found " + found + ", expected " + expected);
    }

    /** Checks that {@code wrong} returns no rows, and that {@code checked} is positive. A row is a text for people. */
    void none(String name, long checked, SqlDatabase database, String wrong, Object... arguments) throws SQLException {
        List<String> found = database.texts(wrong, arguments);
        check(name, found.isEmpty() && checked > 0, checked, shown(found));
    }

    /** Checks that {@code sql} returns exactly these values, each once, in any order. */
    void same(String name, Collection<String> expected, ShopService service, String sql, Object... arguments)
            throws SQLException {
        List<String> wrong = new ArrayList<>(databases().texts(service, sql, arguments));
        for (String each : expected) {
            if (!wrong.remove(each)) {
                wrong.add(each);
            }
        }
        check(name, wrong.isEmpty(), expected.size(), shown(wrong));
    }

    static String shown(List<String> wrong) {
        return wrong.size() + " such as " + wrong.subList(0, Math.min(SHOWN, wrong.size()));
    }

    void hold(Law... laws) throws SQLException {
        hold(List.of(laws));
    }

    void hold(List<Law> laws) throws SQLException {
        for (Law law : laws) {
            result.check(law.read(databases()));
        }
    }
}
