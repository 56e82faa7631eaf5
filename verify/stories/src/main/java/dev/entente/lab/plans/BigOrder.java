package dev.entente.lab.plans;

import dev.entente.client.ApprovalStep;
import dev.entente.client.Entente;
import dev.entente.client.Saga;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import shop.v1.Fault;

/**
 * An order that a manager must approve: reserve, manager, charge, ship. Shipping is the point of no return.
 *
 * @param within how long the manager has
 * @param slow trouble of what comes before and after the approval
 */
public record BigOrder(
        String gid, String account, String sku, long cents, Duration within, ApprovalStep.Expiry onExpiry, Fault slow)
        implements Sale {
    /** Its branches that leave something in a ledger. */
    public static final Set<String> STEPS = Set.of("reserve", "charge", "ship");

    /** The step at which it waits. */
    public static final String APPROVAL = "manager";

    @Override
    public int quantity() {
        return 1;
    }

    @Override
    public Map<String, Fault> faults() {
        return Map.of("reserve", slow, "release", slow, "charge", slow);
    }

    /** The saga, not submitted yet. */
    public Saga saga(Entente entente) {
        SaleSaga sale = new SaleSaga(this, entente, "big-order");
        sale.reserve();
        sale.saga()
                .approval(APPROVAL)
                .prompt(account + " orders for " + cents + " cents")
                .within(within, onExpiry);
        sale.ship(sale.charge("charge"));
        return sale.saga();
    }
}
