package dev.entente.bench;

import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.load.Loads;
import dev.entente.bench.load.RequestTemplate;
import dev.entente.bench.load.TransactionLoad;
import dev.entente.bench.process.BenchProcess;
import dev.entente.rig.SqlDatabase;
import dev.entente.rig.Wait;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Plan;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A comparison of alternating windows with and without transactions that wait for a hung participant, on one
 * coordinator. It also compares the hung participant's calls after its return with the calls at other times.
 */
final class HungParticipant implements Mode.Question {
    private static final String HUNG = "hung";
    private static final String UNDISTURBED = "undisturbed";
    private static final String DISTURBED = "one participant hung";
    private static final String OWN = "its own load";
    private static final String RECOVERED = "its own load, once back";
    private static final Duration NOTICED = Duration.ofSeconds(5);
    private static final Duration LIMIT = Duration.ofMinutes(3);

    /**
     * Short timeouts, so that each window contains timeouts and repeated calls. The number of attempts is the maximum,
     * so that no transaction is given up.
     */
    private static final CallPolicy POLICY = policy();

    @Override
    public void ask(Measurement measurement) throws IOException, SQLException, InterruptedException {
        BenchProcess participant = measurement.bed().participant(EntenteServer.PARTICIPANT);
        BenchProcess hung = measurement.bed().participant(HUNG);
        SqlDatabase database = measurement.bed().database().create("entente");
        Map<String, Integer> ports = Map.of(EntenteServer.PARTICIPANT, participant.port(), HUNG, hung.port());
        EntenteServer server = measurement.bed().options().entente();
        BenchProcess node =
                measurement.bed().node("entente", server, server.arguments("entente", database, ports), List.of());
        Plan plan = RequestTemplate.sagaAt(HUNG).toBuilder().setDefaults(POLICY).build();
        TransactionLoad own = Loads.entente(node.channel(), RequestTemplate.of(plan));
        measurement.warmUp(node);
        for (int repeat = 0; repeat < measurement.scale().repeats(); repeat++) {
            measurement.window(UNDISTURBED, node);
            measurement.calls(OWN, own, hung, Schedule.RAMP);
            long before = hung.calls();
            hung.hang();
            OpenBacklog.submit(node, plan, measurement.scale().open());
            Wait.until("a call that hangs", LIMIT, Duration.ofMillis(20), () -> hung.calls() > before);
            measurement.window(DISTURBED, node);
            if (OpenBacklog.open(database) < measurement.scale().open()) {
                measurement.problem("some transactions of the hung participant have finished");
            }
            hung.letGo();
            measurement.calls(RECOVERED, own, hung, NOTICED);
            OpenBacklog.awaitNone(database, LIMIT);
        }
        measurement.ratio("hung-saga512:undisturbed", measurement.tally().ratio(DISTURBED, UNDISTURBED, "per_s"));
        measurement.ratio("hung-back:own", measurement.tally().ratio(RECOVERED, OWN, "calls_per_s"));
    }

    private static CallPolicy policy() {
        CallPolicy.Builder policy = CallPolicy.newBuilder().setMaxAttempts(1000);
        policy.getTimeoutBuilder().setSeconds(2);
        policy.getMaxBackoffBuilder().setSeconds(2);
        return policy.build();
    }
}
