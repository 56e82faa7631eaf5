package dev.entente.stories.plans;

import dev.entente.client.ApprovalStep;
import dev.entente.client.Entente;
import dev.entente.client.Saga;
import java.time.Duration;
import java.util.Map;

/**
 * An order that a manager must approve: reserve, manager, charge, ship. Shipping is the pivot.
 *
 * @param within the time limit of the manager; no answer is a rejection
 */
public record BigOrder(String gid, String account, String sku, long cents, Duration within) {
    /** The step at which the order waits. */
    public static final String APPROVAL = "manager";

    /** Returns the saga, not yet submitted. */
    public Saga saga(Entente entente) {
        SaleSaga sale = new SaleSaga(new Purchase(gid, account, sku, 1, cents, Map.of()), entente, "big-order");
        sale.reserve();
        sale.saga()
                .approval(APPROVAL)
                .prompt(account + " orders for " + cents + " cents")
                .within(within, ApprovalStep.Expiry.REJECT);
        sale.ship(sale.charge("charge"));
        return sale.saga();
    }
}
