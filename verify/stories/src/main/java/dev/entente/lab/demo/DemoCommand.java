package dev.entente.lab.demo;

import dev.entente.client.Entente;
import dev.entente.demo.ShopService;
import dev.entente.lab.judge.Books;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Scenario;
import dev.entente.lab.scenario.Stage;
import dev.entente.rig.ChildFailure;
import dev.entente.rig.OptionRange;
import dev.entente.rig.Playground;
import dev.entente.rig.Readiness;
import dev.entente.rig.Receiver;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.RigVersion;
import dev.entente.rig.Shop;
import dev.entente.rig.StreamOption;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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
 * Runs the scenarios and tells their stories. Exit 0: everything that was checked holds; 1: something does not.
 *
 * <p>{@code --json} prints {@code {ok, scenarios:[{name, gid, final:{STATE:n}, kills:[{at_ms, what}],
 * invariants:[{name, holds, checked}], branches:[{id, state, attempts}]}],
 * recovery:{open_at_kill, finished, lost, contradictions}}}; {@code checked} is how many rows or transactions an
 * invariant looked at; a scenario's gid and branches are those of the transaction whose story it tells first.
 *
 * <p>With {@code --kills N} each scenario does what it does again and again under load, and {@code kills} lists N of
 * the coordinator and those of whoever else died; {@code open_at_kill} is then the least that any of the former met.
 */
@Command(
        name = "demo",
        description = "Runs scenarios with real participants, kills the coordinator, and checks what is left by SQL.",
        mixinStandardHelpOptions = true,
        versionProvider = RigVersion.class)
public final class DemoCommand implements Callable<Integer> {
    private static final Duration FOREVER = Duration.ofDays(10_000);
    private static final int MOST_KILLS = 1000;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--scenario",
            split = ",",
            paramLabel = "NAME",
            completionCandidates = Scenarios.Names.class,
            description = "Only these, by name, separated by commas: ${COMPLETION-CANDIDATES}. Default: all that are"
                    + " quick.")
    private List<String> chosen = new ArrayList<>();

    @Mixin
    private StreamOption stream = new StreamOption();

    @Mixin
    @SuppressWarnings("UnusedVariable") // Its option is all that it is for.
    private Readiness readiness = new Readiness();

    @Option(names = "--json", description = "Prints one JSON object instead of stories.")
    private boolean json;

    @Option(
            names = "--fail",
            paramLabel = "STEP",
            description =
                    "With --scenario shop: the order fails at this step; nowhere = it goes well. Default: one order"
                            + " for each.")
    private @Nullable String fail;

    @Option(
            names = "--kills",
            paramLabel = "N",
            description = "Runs each scenario again and again under load, and kills the coordinator N times meanwhile.")
    private int kills;

    @Option(names = "--seed", description = "The same amounts, delays and moments of kills again.")
    private @Nullable Long seed;

    @Option(names = "--keep", description = "Leaves everything running until Ctrl-C, and says what to try.")
    private boolean keep;

    @Option(
            names = "--break",
            paramLabel = "SCENARIO",
            description = "Runs this one with a participant that lies. Must exit 1.")
    private @Nullable String broken;

    @Override
    public Integer call() throws Exception {
        List<Scenario> scenarios = scenarios();
        Set<ShopService> liars = liars(scenarios);
        Random random = random();
        Story story = new Story(json ? discard() : System.out);
        try (Playground playground = Playground.open()) {
            Shop shop = playground.startShop(services(scenarios), liars, keep);
            Receiver receiver = playground.startReceiver();
            Map<String, String> configuration = new TreeMap<>(stream.configuration());
            configuration.putAll(receiver.configuration());
            configuration.put("approvals.approveOnExpiry", "true");
            for (Scenario scenario : scenarios) {
                configuration.putAll(scenario.prepare(playground));
            }
            RigCoordinator coordinator = coordinator(playground, shop, configuration);
            story.opening(
                    shop.targets().size(),
                    coordinator.ready().grpc(),
                    coordinator.ready().jdbc());
            List<Result> results = new ArrayList<>();
            try (Entente entente = stream.connect(coordinator, shop)) {
                Stage stage = new Stage(
                        entente, coordinator, shop, new Books(playground.database()), random, playground, receiver);
                for (Scenario scenario : scenarios) {
                    results.add(run(scenario, stage, story));
                }
            }
            story.end(results);
            return finish(results, playground, coordinator, shop);
        }
    }

    /** Puts what is kept on its usual ports where it can have them: only binding tells. */
    private RigCoordinator coordinator(Playground playground, Shop shop, Map<String, String> configuration)
            throws IOException, InterruptedException {
        if (keep) {
            try {
                return playground.startCoordinator("demo", 7790, 7789, shop.targets(), configuration);
            } catch (ChildFailure failed) {
                if (failed.exitCode() != ChildFailure.PORT_TAKEN) {
                    throw failed;
                }
            }
        }
        return playground.startCoordinator("demo", 0, 0, shop.targets(), configuration);
    }

    private int finish(List<Result> results, Playground playground, RigCoordinator coordinator, Shop shop) {
        boolean ok = results.stream().allMatch(Result::holds);
        if (json) {
            System.out.println(DemoJson.of(results));
            results.forEach(result -> Story.complain(result, System.err));
        }
        if (!ok && broken == null) {
            playground.keepFolder();
            System.err.println("logs of the processes: " + playground.folder() + "; the databases end with the run");
        }
        if (keep) {
            (json ? System.err : System.out).println(Invitation.text(coordinator, shop, results));
            coordinator.awaitEnd(FOREVER);
        }
        return ok ? 0 : 1;
    }

    private Result run(Scenario scenario, Stage stage, Story story) {
        Result result = new Result(scenario.name());
        story.begin(scenario);
        try {
            if (kills > 0) {
                scenario.runUnderKills(kills, stage, result);
            } else {
                scenario.run(stage, result);
            }
        } catch (ChildFailure failed) {
            result.check("the scenario ran to its end", false, 0, String.valueOf(failed.getMessage()));
        } catch (Exception problem) {
            // A scenario that cannot go on does not hold; the others are still told.
            result.check("the scenario ran to its end", false, 0, problem.toString());
        }
        story.tell(result);
        return result;
    }

    private List<Scenario> scenarios() {
        OptionRange.require(spec, "--kills", kills, 0, MOST_KILLS);
        try {
            List<Scenario> named = Scenarios.named(broken == null ? chosen : List.of(broken));
            String step = fail;
            return step == null
                    ? named
                    : named.stream().map(scenario -> scenario.failingAt(step)).toList();
        } catch (IllegalArgumentException unknown) {
            throw new ParameterException(spec.commandLine(), String.valueOf(unknown.getMessage()), unknown);
        }
    }

    /** Whoever keeps the shop may want to try any of the examples. */
    private Set<ShopService> services(List<Scenario> scenarios) {
        if (keep) {
            return EnumSet.allOf(ShopService.class);
        }
        Set<ShopService> services = EnumSet.noneOf(ShopService.class);
        scenarios.forEach(scenario -> services.addAll(scenario.playbill().services()));
        return services;
    }

    private Set<ShopService> liars(List<Scenario> scenarios) {
        return broken == null
                ? Set.of()
                : Set.of(scenarios.getFirst().playbill().liar());
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
