package dev.entente.server.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.util.Durations;
import dev.entente.server.api.GeneratedGids;
import dev.entente.server.cli.text.ExitCode;
import dev.entente.server.cli.text.Failure;
import dev.entente.server.cli.text.Lines;
import dev.entente.server.cli.text.PlanFile;
import dev.entente.server.cli.text.ProtoJson;
import dev.entente.v1.Body;
import dev.entente.v1.Plan;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.Transaction;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code entente tx submit}. */
@Command(
        name = "submit",
        description = "Submit a plan; the same plan under the same gid again changes nothing.",
        mixinStandardHelpOptions = true)
final class SubmitCommand extends ClientCommand {
    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            required = true,
            description = "The plan as JSON; - for standard input.")
    private String file;

    @Option(names = "--gid", paramLabel = "GID", description = "Instead of the plan's gid.")
    private @Nullable String gid;

    @Option(
            names = "--wait",
            paramLabel = "DURATION",
            converter = DurationReader.class,
            description = "Wait for the end, at most 5m. Exit 1 if it ends ABORTED or is parked, 5 if it still runs.")
    private @Nullable Duration wait;

    @Option(
            names = "--validate-only",
            description = "Check the plan and tell everything that is wrong; accept nothing.")
    private boolean validateOnly;

    @Option(names = "--strict", description = "Refuse what is only a warning otherwise.")
    private boolean strict;

    @Override
    int run() {
        Plan plan;
        try {
            plan = PlanFile.read(file);
        } catch (IOException missing) {
            throw new ParameterException(commandLine(), String.valueOf(missing.getMessage()), missing);
        } catch (PlanFile.Unreadable unreadable) {
            return malformed(String.valueOf(unreadable.getMessage()));
        }
        SubmitTransactionRequest request = request(plan);
        SubmitTransactionResponse response = patiently(
                wait == null ? Duration.ZERO : wait,
                left -> transactions(left).submitTransaction(waiting(request, left)));
        return validateOnly ? printValid(response) : printSubmitted(response);
    }

    private int malformed(String why) {
        Failure.Violation violation = new Failure.Violation("ENT-001", "plan", why);
        return new Failure("ENT-001", "ENT-001: plan: " + why, List.of(violation), "", ExitCode.REFUSED)
                .report(commandLine(), printsJson());
    }

    /** The gid is settled here, so that whoever repeats the command with it repeats nothing else. */
    private SubmitTransactionRequest request(Plan read) {
        Plan.Builder plan = read.toBuilder();
        if (gid != null) {
            plan.setGid(gid);
        } else if (plan.getGid().isEmpty() && !validateOnly) {
            plan.setGid(GeneratedGids.next(System.currentTimeMillis()));
        }
        SubmitTransactionRequest.Builder request = SubmitTransactionRequest.newBuilder()
                .setPlan(plan)
                .setValidateOnly(validateOnly)
                .setStrict(strict)
                .setRenderJson(true);
        return request.build();
    }

    private SubmitTransactionRequest waiting(SubmitTransactionRequest request, Duration left) {
        return wait == null
                ? request
                : request.toBuilder()
                        .setWait(Durations.fromMillis(left.toMillis()))
                        .build();
    }

    private int printValid(SubmitTransactionResponse response) {
        if (printsJson()) {
            JsonObject object = new JsonObject();
            object.addProperty("valid", true);
            object.add("warnings", warnings(response));
            print(object);
        } else {
            out().println("the plan is valid");
            response.getWarningsList().forEach(warning -> out().println("warning: " + warning));
        }
        return ExitCode.HELD;
    }

    private static JsonElement warnings(SubmitTransactionResponse response) {
        JsonArray array = new JsonArray();
        response.getWarningsList().forEach(array::add);
        return array;
    }

    private int printSubmitted(SubmitTransactionResponse response) {
        Transaction transaction = response.getTransaction();
        if (printsJson()) {
            print(json(response));
        } else {
            out().println(Lines.summary(transaction) + (response.getAlreadyKnown() ? " (already known)" : ""));
            response.getWarningsList().forEach(warning -> err().println("warning: " + warning));
        }
        return wait == null ? ExitCode.HELD : Lines.exitCode(transaction);
    }

    private static JsonObject json(SubmitTransactionResponse response) {
        Transaction transaction = response.getTransaction();
        JsonObject object = new JsonObject();
        object.addProperty("gid", transaction.getGid());
        object.addProperty("state", transaction.getState().name());
        object.addProperty("terminal", transaction.getTerminal());
        object.add("result", transaction.hasResult() ? result(transaction.getResult()) : JsonNull.INSTANCE);
        object.addProperty("already_known", response.getAlreadyKnown());
        if (transaction.hasParked()) {
            object.add("parked", ProtoJson.of(transaction.getParked()));
        }
        if (response.getWarningsCount() > 0) {
            object.add("warnings", warnings(response));
        }
        return object;
    }

    private static JsonElement result(Body body) {
        return body.hasJson()
                ? ProtoJson.of(body.getJson())
                : new JsonPrimitive(
                        Base64.getEncoder().encodeToString(body.getRaw().toByteArray()));
    }
}
