package dev.entente.simulation;

import dev.entente.server.engine.EngineSettings;
import dev.entente.server.store.OpenRow;
import dev.entente.simulation.drawing.PlanMaker;
import dev.entente.simulation.mutant.Mutant;
import dev.entente.simulation.world.Crasher.Kill;
import dev.entente.simulation.world.Crasher.Killed;
import dev.entente.simulation.world.KillPoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * One run of a few coordinators, clients and an operator; a seed decides everything else. After a phase of chaos and a
 * phase of peace, the checker checks the run.
 *
 * <p>Deterministic simulation in the manner of FoundationDB ("Testing Distributed Systems w/ Deterministic Simulation",
 * Strange Loop 2014).
 */
public final class Simulation {
    private static final Duration CHAOS = Duration.ofSeconds(40);
    private static final Duration REARMED = Duration.ofSeconds(1);
    private static final Duration END = Duration.ofMinutes(10);
    private static final int LEASE_MILLIS =
            (int) EngineSettings.STANDARD.lease().toMillis();
    private static final Duration LONGER_THAN_A_LEASE = Duration.ofSeconds(11);

    private final RunContext context;
    private final Cluster cluster;
    private final Operator operator;
    private final ExtraCases extras;
    private final List<Client> clients = new ArrayList<>();
    private final Random random;
    /** A separate random source, which keeps the rest of a run unchanged. */
    private final Random failovers;

    /**
     * The result of one seed.
     *
     * @param steps the number of tasks that ran: equal for equal seeds
     * @param violations for people; empty if there was no violation of a law
     * @param previews the number of operations that were compared with their previews
     * @param plans the digest of each transaction's plan; the reference checked each transaction
     */
    record Verdict(
            long seed,
            int kills,
            long steps,
            List<String> violations,
            Coverage coverage,
            int previews,
            List<UUID> plans) {}

    /** @param points the kill points, from which the seed chooses one */
    private Simulation(long seed, Mutant mutant, List<KillPoint> points) {
        this.context = new RunContext(seed, mutant);
        this.random = context.random;
        this.failovers = new Random(~seed);
        KillPoint point = points.get(Math.floorMod(seed, points.size()));
        KillPoint.Side side = seed / points.size() % 2 == 0 ? KillPoint.Side.BEFORE : KillPoint.Side.AFTER;
        List<Node> nodes = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(3); i++) {
            Node node = new Node("node-" + i, context, points).killedAt(new Kill(point, side), random.nextInt(4));
            boolean isOlder = i > 0 && Math.floorMod(seed, 3) == 0;
            nodes.add(isOlder ? node.older() : node);
        }
        this.cluster = new Cluster(nodes, random);
        this.operator = new Operator(context, cluster);
        this.extras = new ExtraCases(context, cluster, seed);
    }

    static Verdict run(long seed, Mutant mutant) {
        return run(seed, mutant, List.of(KillPoint.values()));
    }

    /** Runs one seed with kills at one of these points. */
    static Verdict run(long seed, Mutant mutant, List<KillPoint> points) {
        return new Simulation(seed, mutant, points).run(seed);
    }

    private Verdict run(long seed) {
        cluster.nodes().forEach(Node::start);
        bringClients();
        extras.bring();
        plotFaults(seed);
        at(5000, operator::round);
        at(1000, operator::watchTakeovers);
        extras.watch();
        at((int) CHAOS.toMillis() + 20_000, operator::beThorough);
        while (!isOver() && step()) {
            context.judge.checkFailover();
        }
        context.judge.judge();
        List<String> violations = new ArrayList<>(context.judge.violations());
        violations.addAll(context.reference.ruleViolations());
        violations.addAll(context.previews.mismatches());
        return new Verdict(
                seed,
                context.kills,
                context.time.steps(),
                violations,
                context.coverage,
                context.previews.compared(),
                context.reference.plans());
    }

    private boolean step() {
        try {
            return context.time.step(END);
        } catch (Killed killed) {
            return true;
        }
    }

    private boolean isOver() {
        boolean isPeace = context.time.nanos() > CHAOS.toNanos();
        return isPeace
                && context.tables.openRows().isEmpty()
                && extras.isDone()
                && clients.stream().allMatch(Client::isDone);
    }

    private void bringClients() {
        int count = 3 + random.nextInt(context.mostClients - 2);
        for (int i = 0; i < count; i++) {
            int number = i;
            List<PlanMaker.Kind> kinds = List.of(PlanMaker.Kind.values());
            PlanMaker.Kind kind = kinds.get(random.nextInt(kinds.size()));
            at(random.nextInt(15_000), () -> {
                Client client = new Client(context, cluster, number, kind);
                clients.add(client);
                client.start();
            });
        }
    }

    private void plotFaults(long seed) {
        for (int i = random.nextInt(3); i > 0; i--) {
            during(() -> cluster.any().kill());
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            during(() -> cluster.any().stopFor(Duration.ofMillis(1000 + random.nextInt(20_000)), random.nextBoolean()));
        }
        if (random.nextInt(5) == 0) {
            during(() -> cluster.any().loseDatabaseFor(Duration.ofMillis(500 + random.nextInt(4000))));
        }
        if (random.nextInt(5) == 0) {
            during(() -> failOver(seed));
        }
        if (context.drawing.isAimed()) {
            at((int) REARMED.toMillis(), this::rearm);
        }
        if (Math.floorMod(seed, 5) == 4) {
            plotBrokenStreams();
        }
        if (Math.floorMod(seed, 6) == 5) {
            during(this::loseLock);
        }
        if (Math.floorMod(seed, 7) == 1) {
            during(this::failWrites);
        }
        if (Math.floorMod(seed, 11) == 6) {
            during(this::loseDatabase);
        }
    }

    /** Makes the database refuse one row for a while, or makes the row unreadable. */
    private void failWrites() {
        List<OpenRow> rows = context.tables.openRows();
        if (!rows.isEmpty()) {
            String gid = rows.get(random.nextInt(rows.size())).gid();
            boolean isDamage = random.nextBoolean();
            if (isDamage) {
                context.tables.storeFaults().damage(gid);
            } else {
                context.tables.storeFaults().failWrites(gid);
            }
            at(2000 + random.nextInt(10_000), () -> context.tables.storeFaults().heal(gid));
        }
    }

    /** Arms another kill point repeatedly until the end of the chaos. */
    private void rearm() {
        if (context.time.nanos() < CHAOS.toNanos()) {
            cluster.nodes().forEach(Node::rearm);
            at((int) REARMED.toMillis(), this::rearm);
        }
    }

    private void plotBrokenStreams() {
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            during(() -> cluster.any().breakStream());
        }
    }

    /** Frees a node's lock and starts a second process of the same name. */
    private void loseLock() {
        Node node = cluster.any();
        node.loseLock();
        at(50 + random.nextInt(2000), () -> {
            Node twin = new Node(node.name(), context, List.of());
            cluster.join(twin);
            twin.start();
        });
    }

    /** Makes the database unavailable for longer than a lease. */
    private void loseDatabase() {
        Duration downtime = LONGER_THAN_A_LEASE.plusMillis(random.nextInt(3000));
        context.tables.storeFaults().goAway();
        cluster.nodes().forEach(Node::loseDatabase);
        context.time.after(downtime, () -> {
            context.tables.storeFaults().comeBack(context.time.now());
            cluster.nodes().forEach(Node::findDatabase);
        });
    }

    /**
     * Fails over. In every other case one process is stopped and notices the failover later. People soon request the
     * release; the server waits until no earlier lease is valid.
     */
    private void failOver(long seed) {
        if (failovers.nextBoolean()) {
            Node late = cluster.nodes().get(failovers.nextInt(cluster.nodes().size()));
            late.stopFor(Duration.ofMillis(1000 + failovers.nextInt(9000)), false);
        }
        if (Math.floorMod(seed, 2) == 0) {
            context.tables.failOver();
        } else {
            context.tables.restore();
        }
        context.service.raiseFences();
        context.judge.failedOver(context.incarnations);
        int asked = 2000 + random.nextInt(8000);
        boolean isHasty = context.mutant == Mutant.RELEASED_WHILE_OLD_LEASES_LAST;
        at(isHasty ? 0 : Math.max(asked, LEASE_MILLIS), () -> {
            context.judge.recovered();
            context.tables.recover();
        });
    }

    private void during(Runnable fault) {
        at(500 + random.nextInt((int) CHAOS.toMillis() - 500), fault);
    }

    private void at(int millis, Runnable task) {
        context.time.after(Duration.ofMillis(millis), task);
    }
}
