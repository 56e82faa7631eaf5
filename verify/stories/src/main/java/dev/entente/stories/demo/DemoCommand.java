package dev.entente.stories.demo;

import dev.entente.client.Entente;
import dev.entente.demo.ShopService;
import dev.entente.rig.ChildFailure;
import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.OptionRange;
import dev.entente.rig.Playground;
import dev.entente.rig.Readiness;
import dev.entente.rig.Receiver;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.RigVersion;
import dev.entente.rig.Shop;
import dev.entente.rig.StreamOption;
import dev.entente.rig.Supervisor;
import dev.entente.stories.judge.Databases;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command that runs the scenarios and prints their events. Exit code 0: all checks hold; 1: a check fails.
 *
 * <p>{@code --json} prints {@code {ok, scenarios:[{name, gid, final:{STATE:n}, kills:[{at_ms, what}],
 * invariants:[{name, holds, checked}], branches:[{id, state, attempts}]}], recovery:{open_at_kill, finished, lost,
 * contradictions}}}. {@code checked} is the number of rows or transactions that an invariant examined. A scenario's gid
 * and branches are those of its first transaction.
 */
@Command(
        name = "demo",
        description = "Runs scenarios with real participants, kills the coordinator, and checks the databases by SQL.",
        mixinStandardHelpOptions = true,
        versionProvider = RigVersion.class)
public final class DemoCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--scenario",
            split = ",",
            paramLabel = "NAME",
            completionCandidates = ScenarioCatalog.Names.class,
            description = "Names of scenarios, separated by commas: ${COMPLETION-CANDIDATES}. Default: all quick"
                    + " scenarios.")
    private List<String> chosen = new ArrayList<>();

    @Mixin
    private StreamOption stream = new StreamOption();

    @Mixin
    @SuppressWarnings("UnusedVariable") // present for its option only
    private Readiness readiness = new Readiness();

    @Option(names = "--json", description = "Prints one JSON object instead of text.")
    private boolean json;

    @Option(
            names = "--fail",
            paramLabel = "STEP",
            description =
                    "With --scenario shop: the order fails at this step; nowhere = the order succeeds. Default: one"
                            + " order for each step.")
    private @Nullable String fail;

    @Option(names = "--seed", description = "The seed of the random amounts. Default: a random seed.")
    private @Nullable Long seed;

    @Option(
            names = "--keep",
            description = "Keeps everything running until Ctrl-C, restarts a killed coordinator or service, and prints"
                    + " example commands.")
    private boolean keep;

    @Option(
            names = "--port",
            description = "With --keep: the gRPC port. If it is not free, the demo uses any port. Default:"
                    + " ${DEFAULT-VALUE}.",
            defaultValue = "7790")
    private int grpcPort;

    @Option(
            names = "--http-port",
            description = "With --keep: the HTTP port. Default: ${DEFAULT-VALUE}.",
            defaultValue = "7789")
    private int httpPort;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "A setting of the coordinator, as for `server`; repeatable.")
    private Map<String, String> settings = Map.of();

    @Option(
            names = "--load",
            paramLabel = "N",
            description = "With --keep: after the scenarios, submits N transactions per second of all patterns, 1 to"
                    + " 200. Some fail, and some wait for an operator.")
    private @Nullable Integer load;

    @Option(
            names = "--kills",
            paramLabel = "N",
            description = "Continues the scenario as a load, and kills one of its processes with -9 and restarts it, N"
                    + " times: the scenario's own processes, the coordinator and the services, in turn. 1 to 100."
                    + " Default: 0, only the kills of the scenario itself. Default of --scenario: all scenarios that"
                    + " support --kills.")
    private int kills;

    @Option(
            names = "--break",
            paramLabel = "SCENARIO",
            description = "Runs this scenario with a participant that reports work that it did not do. Must exit 1.")
    private @Nullable String broken;

    @Override
    public Integer call() throws Exception {
        checkLoad();
        OptionRange.require(spec, "--kills", kills, 0, Kills.MAX);
        List<Scenario> stories = stories();
        List<ShopFailure> failures = failures(stories);
        Random random = random();
        EventPrinter printer = new EventPrinter(json ? discard() : System.out);
        try (Playground playground = Playground.open()) {
            Shop shop = playground.startShop(services(stories), faulty(stories), keep);
            Receiver receiver = playground.startReceiver();
            ExternalPrograms parts = ExternalPrograms.start(parts(stories), playground);
            Map<String, String> configuration = new TreeMap<>(stream.configuration());
            configuration.putAll(receiver.configuration());
            configuration.putAll(parts.configuration());
            configuration.putAll(settings);
            RigCoordinator coordinator = coordinator(playground, shop, configuration);
            printer.opening(
                    shop.targets().size(),
                    coordinator.ready().grpc(),
                    coordinator.ready().jdbc());
            List<Result> results = new ArrayList<>();
            try (Entente entente = stream.connect(coordinator, shop)) {
                ScenarioRun.Stage stage = new ScenarioRun.Stage(
                        entente, coordinator, shop, random, playground, receiver, parts, failures, kills);
                for (Scenario scenario : stories) {
                    results.add(play(scenario, stage, printer));
                }
            }
            printer.end(results);
            return finish(results, playground, coordinator, shop, random);
        }
    }

    /** Uses the chosen ports with {@code --keep}, if they are free: only binding shows whether a port is free. */
    private RigCoordinator coordinator(Playground playground, Shop shop, Map<String, String> configuration)
            throws IOException, InterruptedException {
        if (keep) {
            try {
                return playground.startCoordinator("demo", grpcPort, httpPort, shop.targets(), configuration);
            } catch (ChildFailure failed) {
                if (failed.exitCode() != ChildFailure.PORT_TAKEN) {
                    throw failed;
                }
            }
        }
        return playground.startCoordinator("demo", 0, 0, shop.targets(), configuration);
    }

    private int finish(
            List<Result> results, Playground playground, RigCoordinator coordinator, Shop shop, Random random)
            throws IOException, SQLException, InterruptedException {
        boolean ok = results.stream().allMatch(Result::holds);
        if (json) {
            System.out.println(DemoJson.of(results));
            results.forEach(result -> EventPrinter.complain(result, System.err));
        }
        if (!ok && broken == null) {
            playground.keepFolder();
            System.err.println("logs of the processes: " + playground.folder() + "; the databases stop with the run");
        }
        if (keep) {
            throw keep(playground, coordinator, shop, random, results);
        }
        return ok ? 0 : 1;
    }

    /** Restarts processes that end, until the supervisor gives up a process. Blocks, and returns the reason. */
    private ChildFailure keep(
            Playground playground, RigCoordinator coordinator, Shop shop, Random random, List<Result> results)
            throws IOException, SQLException {
        PrintStream out = json ? System.err : System.out;
        EmbeddedDatabase database = playground.database();
        Supervisor supervisor =
                playground.keep(new Supervisor(new RestartReport(database.ask(Playground.COORDINATOR_DATABASE), out)));
        coordinator.superviseBy(supervisor);
        shop.superviseBy(supervisor);
        supervisor.require("PostgreSQL", database.postmaster());
        out.println(NextSteps.text(coordinator, shop, supervisor.pids(), results, playground.folder()));
        Integer perSecond = load;
        if (perSecond != null) {
            ContinuousLoad working =
                    new ContinuousLoad(playground.keep(stream.connect(coordinator, shop)), perSecond, random);
            working.open(new Databases(database));
            AutoCloseable stop = Thread.ofVirtual().name("load").start(working)::interrupt;
            playground.keep(stop);
        }
        String reason = supervisor.awaitFailure();
        playground.keepFolder();
        return new ChildFailure("The demo ends: " + reason + "\nlogs of the processes: " + playground.folder(), 1);
    }

    private static Result play(Scenario scenario, ScenarioRun.Stage stage, EventPrinter printer) {
        Result result = new Result(scenario.name());
        printer.begin(scenario);
        try (ScenarioRun play = new ScenarioRun(scenario, stage, result)) {
            play.play();
        }
        printer.report(result);
        return result;
    }

    private void checkLoad() {
        Integer perSecond = load;
        if (perSecond != null) {
            OptionRange.requireCount(spec, "--load", perSecond, ContinuousLoad.MAX);
            if (!keep) {
                throw new ParameterException(spec.commandLine(), "--load requires --keep");
            }
        }
    }

    private List<Scenario> stories() {
        try {
            return ScenarioCatalog.named(broken == null ? chosen : List.of(broken), kills > 0);
        } catch (IllegalArgumentException unknown) {
            throw new ParameterException(spec.commandLine(), String.valueOf(unknown.getMessage()), unknown);
        }
    }

    private List<ShopFailure> failures(List<Scenario> stories) {
        String step = fail;
        if (step == null) {
            return List.of(ShopFailure.values());
        }
        for (Scenario scenario : stories) {
            if (!scenario.canFail()) {
                throw new ParameterException(
                        spec.commandLine(),
                        "scenario '" + scenario.name() + "' cannot be made to fail at '" + step
                                + "'; --fail requires --scenario shop");
            }
        }
        try {
            return List.of(ShopFailure.named(step));
        } catch (IllegalArgumentException unknown) {
            throw new ParameterException(spec.commandLine(), String.valueOf(unknown.getMessage()), unknown);
        }
    }

    /** Returns all services with {@code --keep}, because a user may try any of the examples. */
    private Set<ShopService> services(List<Scenario> stories) {
        if (keep) {
            return EnumSet.allOf(ShopService.class);
        }
        Set<ShopService> services = EnumSet.noneOf(ShopService.class);
        stories.forEach(scenario -> services.addAll(scenario.services()));
        return services;
    }

    private static Set<ExternalPrograms.Part> parts(List<Scenario> stories) {
        Set<ExternalPrograms.Part> parts = EnumSet.noneOf(ExternalPrograms.Part.class);
        stories.forEach(scenario -> parts.addAll(scenario.parts()));
        return parts;
    }

    private Set<ShopService> faulty(List<Scenario> stories) {
        return broken == null ? Set.of() : Set.of(stories.getFirst().faulty());
    }

    private Random random() {
        long used = seed == null ? new Random().nextInt(1_000_000) : seed;
        System.err.println("seed: " + used);
        return new Random(used);
    }

    private static PrintStream discard() {
        return new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    }
}
