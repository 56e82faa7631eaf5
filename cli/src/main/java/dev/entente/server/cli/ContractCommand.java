package dev.entente.server.cli;

import com.google.protobuf.ByteString;
import dev.entente.core.payload.RequestBodies;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import dev.entente.core.transaction.VisibleText;
import dev.entente.participant.check.CheckedBranch;
import dev.entente.participant.check.CheckedOperation;
import dev.entente.participant.check.ContractCheck;
import dev.entente.participant.check.Finding;
import dev.entente.participant.check.Witness;
import dev.entente.server.api.json.JsonPayloads;
import dev.entente.server.api.json.Mistakes;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.grpc.Descriptors;
import dev.entente.server.participant.grpc.GrpcParticipants;
import dev.entente.server.participant.http.HttpAddress;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code entente participant check}: tests a participant with calls in every bad order. Needs no coordinator. */
@Command(
        name = "check",
        description =
                "Report which guarantees a participant keeps. Sends repeated, concurrent, early and late calls, as"
                    + " unary calls and over its stream. The calls have real effects: use a test system. Exit 1 if a"
                    + " guarantee is broken.")
final class ContractCommand extends DatabaseCommand {
    private static final List<String> PATTERNS = List.of("saga", "tcc", "two_phase");
    private static final int CONNECT_MILLIS = 5000;
    /** The maximum of attempts. The first response of a new participant may take longer than reflection waits. */
    private static final int MAX_QUESTIONS = 5;

    @Option(
            names = "--plan",
            paramLabel = "FILE",
            required = true,
            description = "The plan with the branches to check; - for standard input. The calls use gids of their own.")
    private String plan;

    @Option(
            names = "--participant",
            paramLabel = "NAME=HOST:PORT",
            required = true,
            description = "The address of a participant of the plan; repeatable. Plaintext gRPC, or http://HOST:PORT.")
    private Map<String, String> participants = Map.of();

    @Option(
            names = "--query",
            paramLabel = "SQL",
            required = true,
            description = "Query for the business data to compare: balances and counts, without ids and times.")
    private String query;

    @Option(
            names = "--branch",
            paramLabel = "ID",
            description = "Only this branch; repeatable. The query must show the branch's changes.")
    private List<String> branches = List.of();

    /** The findings in the form of the JSON output. */
    private record Findings(long broken, List<Finding> findings) {}

    private final Map<String, ManagedChannel> channels = new HashMap<>();
    private final Map<String, URI> bases = new HashMap<>();

    @Override
    int run() {
        try {
            List<Finding> findings =
                    new ContractCheck(Witness.query(database(), query)).check(checked(translated(PlanFile.read(plan))));
            long broken = findings.stream()
                    .filter(finding -> finding.verdict() == Finding.Verdict.BROKEN)
                    .count();
            print(
                    new Findings(broken, findings),
                    findings.stream()
                            .map(finding -> VisibleText.of(finding.toString()))
                            .collect(Collectors.joining("\n")));
            return broken == 0 ? ExitCode.HELD : ExitCode.DOES_NOT_HOLD;
        } catch (Refusal refusal) {
            if (refusal.retryAfter() != null) {
                throw Failure.unanswered(String.valueOf(refusal.getMessage()));
            }
            throw wrong(String.valueOf(refusal.getMessage()), refusal);
        } catch (IOException wrong) {
            throw wrong(String.valueOf(wrong.getMessage()), wrong);
        } catch (SQLException failed) {
            throw Failure.unanswered("the query at --jdbc: " + failed.getMessage());
        } finally {
            channels.values().forEach(ManagedChannel::shutdownNow);
        }
    }

    private Plan translated(dev.entente.v1.Plan read) throws IOException {
        for (int question = 1; ; question++) {
            try {
                return translatedOnce(read);
            } catch (Refusal refusal) {
                if (refusal.retryAfter() == null || question == MAX_QUESTIONS) {
                    throw refusal;
                }
            }
        }
    }

    private Plan translatedOnce(dev.entente.v1.Plan read) throws IOException {
        List<ParticipantConfig> configs = new ArrayList<>();
        participants.forEach((name, target) -> {
            String mistake = isHttp(target) ? null : CoordinatorAddress.mistake(target);
            if (mistake != null) {
                throw wrong("--participant " + name + "=" + mistake, null);
            }
            if (!isHttp(target)) {
                configs.add(ParticipantConfig.plaintext(name, target));
            }
        });
        EventLoops loops = EventLoops.start(1);
        try (GrpcParticipants asked = GrpcParticipants.of(configs, loops)) {
            Mistakes mistakes = new Mistakes();
            var plan = new JsonPayloads(new Descriptors(asked)).translate(read, mistakes);
            mistakes.refuse(List.of());
            return PlanCodec.standard().decode(plan).plan();
        } finally {
            loops.close();
        }
    }

    private List<CheckedBranch> checked(Plan asked) {
        String pattern = asked.pattern().name().toLowerCase(Locale.ROOT);
        if (!PATTERNS.contains(pattern)) {
            throw wrong("a plan of the pattern " + pattern + " cannot be checked; use one of " + PATTERNS, null);
        }
        List<CheckedBranch> checked = new ArrayList<>();
        for (Branch branch : asked.branches()) {
            // An approval calls no participant. A pre-commit has no contract of its own: its branch is checked.
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

    /** Fills in the branch's own forward response. The responses of other branches are not known here. */
    private CheckedOperation operation(Branch branch, Operation operation) {
        Function<Optional<ByteString>, ByteString> request = response -> RequestBodies.filled(
                operation,
                operation.bindings().stream()
                        .map(binding -> new RequestBodies.Bound(
                                binding.from().equals(branch.id()) ? response.orElse(null) : null, binding))
                        .toList());
        return switch (operation.target()) {
            case Target.Grpc grpc -> new CheckedOperation(channel(grpc.participant()), grpc.method(), request);
            case Target.Http http ->
                CheckedOperation.http(
                        base(http.participant()), http.method() + " " + http.path(), http.headers(), request);
            case Target.Kafka _ ->
                throw wrong(
                        "'" + branch.id() + "' sends a record to a broker; only calls of a participant can be"
                                + " checked",
                        null);
        };
    }

    private ManagedChannel channel(String participant) {
        return channels.computeIfAbsent(
                target(participant, false),
                there -> NettyChannelBuilder.forTarget(there).usePlaintext().build());
    }

    private URI base(String participant) {
        return bases.computeIfAbsent(target(participant, true), there -> {
            URI base;
            try {
                base = HttpAddress.of(there).uri("");
            } catch (IllegalArgumentException malformed) {
                throw wrong("--participant " + participant + ": " + malformed.getMessage(), malformed);
            }
            int usual = base.getScheme().equals("https") ? 443 : 80;
            try (Socket probe = new Socket()) {
                int port = base.getPort() < 0 ? usual : base.getPort();
                probe.connect(new InetSocketAddress(base.getHost(), port), CONNECT_MILLIS);
            } catch (IOException away) {
                throw Failure.unanswered(
                        "participant '" + participant + "' at " + there + " cannot be reached: " + away.getMessage());
            }
            return base;
        });
    }

    private String target(String participant, boolean isOverHttp) {
        String target = participants.get(participant);
        if (target == null || isHttp(target) != isOverHttp) {
            throw wrong(
                    "the plan calls '" + participant + "' over " + (isOverHttp ? "HTTP" : "gRPC")
                            + "; give its address: --participant " + participant + "="
                            + (isOverHttp ? "http://HOST:PORT" : "HOST:PORT"),
                    null);
        }
        return target;
    }

    private static boolean isHttp(String target) {
        return target.startsWith("http://") || target.startsWith("https://");
    }
}
