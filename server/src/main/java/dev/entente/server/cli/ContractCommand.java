package dev.entente.server.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.entente.core.payload.RequestBodies;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import dev.entente.participant.check.CheckedBranch;
import dev.entente.participant.check.CheckedOperation;
import dev.entente.participant.check.ContractCheck;
import dev.entente.participant.check.Finding;
import dev.entente.participant.check.Witness;
import dev.entente.server.api.json.JsonPayloads;
import dev.entente.server.cli.text.ExitCode;
import dev.entente.server.cli.text.Failure;
import dev.entente.server.cli.text.PlanFile;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.grpc.Descriptors;
import dev.entente.server.participant.grpc.GrpcParticipants;
import dev.entente.server.telemetry.Metrics;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code entente participant check}: calls a participant as a coordinator might at its worst. Needs no coordinator. */
@Command(
        name = "check",
        description =
                "Call a participant twice, at once, too early and too late, by itself and over its stream, and say"
                    + " which promises it keeps. It is called for real: use a test system. Exit 1 if one is broken.",
        mixinStandardHelpOptions = true)
final class ContractCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--plan",
            paramLabel = "FILE",
            required = true,
            description = "A plan whose branches are to be checked, - for standard input; the calls have other gids.")
    private String plan;

    @Option(
            names = "--participant",
            paramLabel = "NAME=HOST:PORT",
            required = true,
            description = "Where a participant of the plan is; repeatable. Plaintext gRPC.")
    private Map<String, String> participants = Map.of();

    @Option(
            names = "--jdbc",
            paramLabel = "URL",
            required = true,
            description = "JDBC URL of the participant's database (PostgreSQL), to read only.")
    private String jdbc;

    @Mixin
    private DatabaseOptions database;

    @Option(
            names = "--query",
            paramLabel = "SQL",
            required = true,
            description = "What the business cares for: balances and counts, no ids and no times.")
    private String query;

    @Option(
            names = "--branch",
            paramLabel = "ID",
            description = "Only this branch; repeatable. The query must see what it does.")
    private List<String> branches = List.of();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "text|json",
            description = "How to print (default: text).")
    private ClientCommand.Format format = ClientCommand.Format.text;

    private final Map<String, ManagedChannel> channels = new HashMap<>();

    @Override
    public Integer call() {
        try {
            List<Finding> findings =
                    new ContractCheck(Witness.query(database.at(jdbc), query)).check(checked(translated()));
            print(findings);
            return findings.stream().anyMatch(finding -> finding.verdict() == Finding.Verdict.BROKEN)
                    ? ExitCode.DOES_NOT_HOLD
                    : ExitCode.HELD;
        } catch (Refusal refusal) {
            if (refusal.retryAfter() != null) {
                return unanswered(String.valueOf(refusal.getMessage()));
            }
            throw wrong(String.valueOf(refusal.getMessage()), refusal);
        } catch (PlanFile.Unreadable | IOException wrong) {
            throw wrong(String.valueOf(wrong.getMessage()), wrong);
        } catch (SQLException failed) {
            return unanswered("the query at --jdbc: " + failed.getMessage());
        } finally {
            channels.values().forEach(ManagedChannel::shutdownNow);
        }
    }

    private int unanswered(String message) {
        return Failure.unanswered(message).report(spec.commandLine(), format == ClientCommand.Format.json);
    }

    private ParameterException wrong(String message, @Nullable Exception cause) {
        return new ParameterException(spec.commandLine(), message, cause);
    }

    private Plan translated() throws PlanFile.Unreadable, IOException {
        var read = PlanFile.read(plan);
        List<ParticipantConfig> configs = new ArrayList<>();
        participants.forEach((name, target) -> configs.add(config(name, target)));
        EventLoops loops = EventLoops.start(1);
        try (GrpcParticipants asked = new GrpcParticipants(configs, List.of(), loops, Metrics.none())) {
            return PlanCodec.standard()
                    .decode(new JsonPayloads(new Descriptors(asked)).translate(read))
                    .plan();
        } finally {
            loops.close();
        }
    }

    private static ParticipantConfig config(String name, String target) {
        return new ParticipantConfig(
                name,
                target,
                ParticipantConfig.MAX_IN_FLIGHT,
                1,
                ParticipantConfig.MAX_RESPONSE_BYTES,
                Map.of(),
                null,
                null,
                null,
                false);
    }

    private List<CheckedBranch> checked(Plan asked) {
        String pattern = asked.pattern().name().toLowerCase(Locale.ROOT);
        List<CheckedBranch> checked = new ArrayList<>();
        for (Branch branch : asked.branches()) {
            // Nobody is called for an approval, and a pre-commit is no promise of its own: its branch is checked.
            boolean hasContract = branch.approval() == null && branch.continues() == null;
            if (hasContract && (branches.isEmpty() || branches.contains(branch.id()))) {
                checked.add(new CheckedBranch(
                        branch.id(),
                        pattern,
                        operation(branch, branch.forward()),
                        nullable(branch, Role.COMPLETION),
                        nullable(branch, Role.UNDO)));
            }
        }
        if (checked.isEmpty()) {
            throw wrong("the plan has no branch " + (branches.isEmpty() ? "" : branches) + " to check", null);
        }
        return checked;
    }

    private @Nullable CheckedOperation nullable(Branch branch, Role role) {
        Operation operation = branch.operation(role);
        return operation == null ? null : operation(branch, operation);
    }

    /** Bindings of the branch's own forward response are filled in; what other branches answered nobody knows here. */
    private CheckedOperation operation(Branch branch, Operation operation) {
        if (!(operation.target() instanceof Target.Grpc grpc)) {
            throw wrong("'" + branch.id() + "' is called over HTTP, and only gRPC participants are checked", null);
        }
        return new CheckedOperation(
                channel(grpc.participant()),
                grpc.method(),
                response -> RequestBodies.filled(
                        operation,
                        operation.bindings().stream()
                                .map(binding -> new RequestBodies.Bound(
                                        binding.from().equals(branch.id()) ? response.orElse(null) : null, binding))
                                .toList()));
    }

    private ManagedChannel channel(String participant) {
        String target = participants.get(participant);
        if (target == null) {
            throw wrong(
                    "the plan calls '" + participant + "'; say where it is: --participant " + participant
                            + "=HOST:PORT",
                    null);
        }
        return channels.computeIfAbsent(
                target,
                there -> NettyChannelBuilder.forTarget(there).usePlaintext().build());
    }

    private void print(List<Finding> findings) {
        if (format == ClientCommand.Format.json) {
            spec.commandLine().getOut().println(json(findings));
        } else {
            findings.forEach(finding -> spec.commandLine().getOut().println(finding));
        }
        spec.commandLine().getOut().flush();
    }

    private static JsonObject json(List<Finding> findings) {
        JsonArray all = new JsonArray();
        for (Finding finding : findings) {
            JsonObject one = new JsonObject();
            one.addProperty("branch", finding.branch());
            one.addProperty("way", finding.way().name());
            one.addProperty("guarantee", finding.guarantee().name());
            one.addProperty("verdict", finding.verdict().name());
            one.addProperty("detail", finding.detail());
            all.add(one);
        }
        JsonObject json = new JsonObject();
        json.addProperty(
                "broken",
                findings.stream()
                        .filter(finding -> finding.verdict() == Finding.Verdict.BROKEN)
                        .count());
        json.add("findings", all);
        return json;
    }
}
