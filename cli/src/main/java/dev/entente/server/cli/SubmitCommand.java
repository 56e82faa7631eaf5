package dev.entente.server.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.codec.GeneratedGids;
import dev.entente.server.codec.MessageJson;
import dev.entente.v1.Body;
import dev.entente.v1.Plan;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.Transaction;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code entente tx submit}. */
@Command(
        name = "submit",
        description = "Submit a plan. A repeated submit of the same plan with the same gid changes nothing.")
final class SubmitCommand extends ClientCommand.Waiting {
    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            required = true,
            description = "The plan as JSON; - for standard input.")
    private String file;

    @Option(names = "--gid", paramLabel = "GID", description = "The gid to use instead of the plan's gid.")
    private @Nullable String gid;

    @Option(names = "--validate-only", description = "Check the plan and report all errors; accept nothing.")
    private boolean validateOnly;

    @Option(names = "--strict", description = "Refuse a plan with warnings.")
    private boolean strict;

    /** The response for a valid plan, in the form of the JSON output. */
    private record Valid(boolean valid, List<String> warnings) {}

    @Override
    int ask() {
        SubmitTransactionRequest.Builder request = SubmitTransactionRequest.newBuilder()
                .setPlan(plan())
                .setValidateOnly(validateOnly)
                .setStrict(strict)
                .setRenderJson(true);
        SubmitTransactionResponse response = retrying((coordinator, left) ->
                coordinator.submitTransaction(request.setWait(left).build()));
        if (validateOnly) {
            List<String> warnings = response.getWarningsList();
            print(
                    new Valid(true, warnings),
                    "the plan is valid"
                            + warnings.stream()
                                    .map(warning -> "\nwarning: " + VisibleText.of(warning))
                                    .collect(Collectors.joining()));
            return ExitCode.HELD;
        }
        print(response);
        return exitCode(response.getTransaction(), Transaction.State.SUCCEEDED);
    }

    /** Returns the plan with a fixed gid, so that a repeated call submits no second transaction. */
    private Plan plan() {
        try {
            Plan.Builder plan = PlanFile.read(file).toBuilder();
            if (gid != null) {
                plan.setGid(gid);
            } else if (plan.getGid().isEmpty() && !validateOnly) {
                plan.setGid(GeneratedGids.next(System.currentTimeMillis()));
            }
            return plan.build();
        } catch (Refusal unreadable) {
            throw Failure.of(unreadable);
        } catch (IOException missing) {
            throw wrong(String.valueOf(missing.getMessage()), missing);
        }
    }

    private void print(SubmitTransactionResponse response) {
        Transaction transaction = response.getTransaction();
        if (!printsJson()) {
            print(Lines.summary(transaction) + (response.getAlreadyKnown() ? " (already known)" : ""));
            response.getWarningsList().forEach(warning -> err().println("warning: " + VisibleText.of(warning)));
            return;
        }
        JsonObject shown = new JsonObject();
        shown.addProperty("gid", transaction.getGid());
        shown.addProperty("state", transaction.getState().name());
        shown.addProperty("terminal", transaction.getTerminal());
        shown.add("result", transaction.hasResult() ? result(transaction.getResult()) : JsonNull.INSTANCE);
        shown.addProperty("already_known", response.getAlreadyKnown());
        if (transaction.hasParked()) {
            shown.add("parked", ProtoJson.of(transaction.getParked()));
        }
        if (response.getWarningsCount() > 0) {
            shown.add("warnings", ProtoJson.of(response).getAsJsonObject().get("warnings"));
        }
        print(shown);
    }

    private static JsonElement result(Body body) {
        return body.hasJson()
                ? MessageJson.of(body)
                : new JsonPrimitive(
                        Base64.getEncoder().encodeToString(body.getRaw().toByteArray()));
    }
}
