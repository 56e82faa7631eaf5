package dev.entente.server.api.json;

import dev.entente.v1.Plan;

/** A plan whose bodies are bytes, as it is accepted. */
public final class PlanBodies {
    private PlanBodies() {}

    /**
     * Translates JSON bodies and names in binding paths. Blocks where a participant's reflection must be asked.
     *
     * @throws dev.entente.server.transaction.Refusal ENT-024 or ENT-025 where it cannot be done
     */
    public static Plan of(Plan plan, Methods methods) {
        JsonPayloads json = new JsonPayloads(methods);
        return json.isNeeded(plan) ? json.translate(plan) : plan;
    }
}
