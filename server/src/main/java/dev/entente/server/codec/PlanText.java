package dev.entente.server.codec;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.v1.Plan;
import dev.entente.v1.SubmitTransactionRequest;
import java.io.IOException;
import java.util.regex.Pattern;

/** A plan that people write: the JSON of {@code entente.v1.Plan}, alone or as {@code {"plan": …}}. */
public final class PlanText {
    private static final Pattern WHOLE = Pattern.compile("\\s*\\{\\s*\"plan\"\\s*:");
    private static final String NO_JSON =
            "the text is not JSON; a plan must be a JSON object, not YAML; see `entente tx example saga`";

    private PlanText() {}

    /** @throws Refusal if a text is not a readable plan, or a number would lose digits */
    public static Plan parse(String text) {
        SubmitTransactionRequest.Builder request = SubmitTransactionRequest.newBuilder();
        boolean isWhole = WHOLE.matcher(text).lookingAt();
        try {
            MessageJson.read(text, isWhole ? request : request.getPlanBuilder(), isWhole ? "" : "plan.");
            Plan plan = request.getPlan();
            if (!request.clearPlan().build().equals(SubmitTransactionRequest.getDefaultInstance())) {
                throw new IOException("there are fields beside \"plan\", which have no effect here; remove them");
            }
            return plan;
        } catch (IOException unreadable) {
            boolean isJson = text.stripLeading().startsWith("{");
            throw Refusal.malformed(
                    ErrorCode.MALFORMED,
                    "plan",
                    isJson ? "the text is not a valid plan: " + unreadable.getMessage() : NO_JSON);
        }
    }
}
