package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.decision.Decider;
import dev.entente.core.decision.Event;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Ownership;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.engine.Submission;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.simulation.drawing.PlanMaker;
import dev.entente.simulation.drawing.Script;
import dev.entente.simulation.mutant.Mutant;
import dev.entente.v1.Message;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The laws on virtual time: the unchanged engine keeps the laws, and each broken rule is detected. */
final class SimulationTest {
    private static final int SEEDS = 150;
    private static final int MANY_SEEDS = 2000;
    private static final int SEEDS_FROM_THE_FIRST_ON = 5;
    private static final int SEEDS_TO_FIND_A_MUTANT = 500;

    private final StringWriter reported = new StringWriter();

    @Test
    void the_laws_hold_for_every_seed_and_every_crash_point_and_transition_is_reached() {
        assertLaws(SEEDS);
    }

    @Test
    @Tag("deep")
    @Tag("simulation")
    void the_laws_hold_for_many_seeds() {
        assertLaws(MANY_SEEDS);
    }

    private void assertLaws(int seeds) {
        SeedTotals totals = run(1, seeds, Mutant.NONE);

        assertThat(totals.violations()).as(reported.toString()).isZero();
        assertThat(totals.coverage().missing()).isEmpty();
        assertThat(totals.previews()).as("acts compared with their previews").isGreaterThan(1000);
        assertThat(totals.kills()).isGreaterThan(seeds);
    }

    private SeedTotals run(long first, int seeds, Mutant mutant) {
        return SeedTotals.run(first, seeds, 1, mutant, () -> false, new PrintWriter(reported));
    }

    @Test
    void a_coordinator_whose_start_failed_is_started_again() {
        RunContext context = new RunContext(1, Mutant.NONE);
        Node node = new Node("node-0", context, List.of());
        context.tables.storeFaults().goAway();
        context.time.after(
                Duration.ofSeconds(5), () -> context.tables.storeFaults().comeBack(context.time.now()));
        node.start();
        while (context.time.step(Duration.ofMinutes(1))) {
            // until the coordinator is up
        }

        assertThat(context.tables.isAlive(node.incarnation())).isTrue();
    }

    @Test
    void an_abort_of_a_message_held_by_an_operator_violates_no_law() {
        RunContext context = new RunContext(1, Mutant.NONE);
        Node node = new Node("node-0", context, List.of());
        node.start();
        Operation.Builder call = Operation.newBuilder().setGrpc("sim/sim.v1.Service/Call");
        Message.Builder message = Message.newBuilder().setOrderingKey("key").addDeliveries(call);
        submit(2, context, node, "next", PlanMaker.Kind.MESSAGE, message.build());
        submit(
                1,
                context,
                node,
                "held",
                PlanMaker.Kind.CHECKED,
                message.setCheckBack(call).build());
        act(3, context, node, new TransactionRequest.Park("operator", "wait", 0));
        act(4, context, node, new TransactionRequest.Abort("enough", "client", false, 0));
        while (context.time.step(Duration.ofMinutes(1))) {
            // until the message behind the held message has ended
        }

        assertThat(context.tables.read("held")).isInstanceOf(OpenRow.class);
        assertThat(context.tables.read("next")).isInstanceOf(FinishedRow.class);
        assertThat(context.reference.ruleViolations()).isEmpty();
    }

    private static void submit(
            int at, RunContext context, Node node, String gid, PlanMaker.Kind kind, Message message) {
        Plan plan = Plan.newBuilder().setName("news").setMessage(message).build();
        Submission submission = new PlanMaker(new Random(1)).submission(gid, kind, plan);
        context.service.script(gid, "delivery-1", Script.prompt());
        context.time.after(Duration.ofSeconds(at), () -> node.request(client -> client.accept(submission), _ -> {}));
    }

    private static void act(int at, RunContext context, Node node, TransactionRequest act) {
        context.time.after(
                Duration.ofSeconds(at),
                () -> node.request(
                        operator -> context.reference.acts("held", act, () -> operator.act("held", act)), _ -> {}));
    }

    /** A retry is recorded at the row's revision 0, and its call does not leave before the next event. */
    @ParameterizedTest
    @CsvSource({"0, 1", "2, 0"})
    void an_operation_done_by_another_coordinator_is_not_compared_with_a_preview(long revOfNextEvent, int compared) {
        Instant now = Instant.EPOCH;
        PlanMaker plans = new PlanMaker(new Random(1));
        PlanMaker.Kind kind = PlanMaker.Kind.NOTIFICATION;
        var plan = plans.submission("g", kind, plans.plan(kind, now)).plan();
        Progress accepted = Decider.accepted(plan, TransactionState.RUNNING, now, 1);
        GlobalTransaction resting =
                new GlobalTransaction("g", plan, now, null, accepted, Ownership.unheld(0, accepted.revision()));
        Event retry = new Event.Acted(new TransactionRequest.Retry("operator", "now", 0), null);
        Decider decider = new Decider();
        PreviewWatch watch = new PreviewWatch(Mutant.NONE);

        watch.comes(1, resting, retry, now, decider);
        GlobalTransaction recorded = decider.decide(resting, retry, now, 0).next();
        watch.decided(1, recorded);
        Ownership held = Ownership.held(revOfNextEvent, recorded.progress().revision());
        watch.comes(1, recorded.with(held), new Event.Proceed(), now, decider);

        assertThat(watch.compared()).isEqualTo(compared);
        assertThat(watch.mismatches().isEmpty()).isEqualTo(compared == 0);
    }

    @Test
    void a_seed_reproduces_its_run() {
        Simulation.Verdict first = Simulation.run(7, Mutant.TRUST_ANY_REJECTED);
        Simulation.Verdict second = Simulation.run(7, Mutant.TRUST_ANY_REJECTED);

        assertThat(second.kills()).isEqualTo(first.kills());
        assertThat(second.violations()).isEqualTo(first.violations());
        assertThat(second.steps()).isEqualTo(first.steps());
    }

    @ParameterizedTest
    @EnumSource(value = Mutant.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void a_broken_rule_is_detected(Mutant mutant) {
        long first = FirstSeeds.of(mutant);
        SeedTotals totals = run(first, SEEDS_FROM_THE_FIRST_ON, mutant);

        assertThat(totals.violations())
                .as("%s, from seed %d on; ./entente prove simulation prints the first seed", mutant.title(), first)
                .isPositive();
    }

    @Tag("deep")
    @Tag("simulation")
    @ParameterizedTest
    @EnumSource(value = Mutant.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void a_broken_rule_is_detected_without_a_known_seed(Mutant mutant) {
        Long failed = run(1, SEEDS_TO_FIND_A_MUTANT, mutant).failedSeed();

        assertThat(failed).as(mutant.title()).isNotNull();
        System.out.println(mutant.title() + " is first seen with seed " + failed);
    }
}
