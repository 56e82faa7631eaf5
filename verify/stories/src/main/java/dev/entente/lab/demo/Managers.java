package dev.entente.lab.demo;

import dev.entente.client.ApprovalStep.Expiry;
import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Entente;
import dev.entente.client.TransactionRefused;
import dev.entente.lab.crash.CrashJob;
import dev.entente.lab.crash.Customers;
import dev.entente.lab.judge.Invariant;
import dev.entente.lab.plans.BigOrder;
import dev.entente.lab.plans.Trouble;
import dev.entente.rig.Readiness;
import dev.entente.rig.Wait;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import shop.v1.Fault;

/** Those who answer: yes, no, or not at all; and what they were told. Thread-safe. */
final class Managers {
    private static final Duration PAUSE = Duration.ofMillis(40);

    private final Entente entente;
    /** The approvals that were answered OK, by gid. */
    private final Map<String, Boolean> answers = new ConcurrentHashMap<>();

    Managers(Entente entente) {
        this.entente = entente;
    }

    /** Makes a big order with a seeded manager, who approves, rejects, or keeps silent. */
    CrashJob order(String gid, Random random) {
        int mind = random.nextInt(10);
        boolean answers = mind < 8;
        Fault slow = Trouble.slow(random);
        BigOrder order = new BigOrder(
                gid,
                Customers.account(random),
                Customers.sku(random),
                1 + random.nextInt(500),
                answers ? Duration.ofHours(24) : Duration.ofMillis(300),
                mind == 8 ? Expiry.APPROVE : Expiry.REJECT,
                slow);
        return new CrashJob(gid, Pattern.SAGA, BigOrder.STEPS, (client, accepted) -> {
            order.saga(client).submit();
            accepted.run();
            if (answers) {
                answer(gid, mind < 5);
            }
        });
    }

    /** Asks again until it is accepted: too early, or nobody there, are no answers. */
    private void answer(String gid, boolean isYes) throws InterruptedException {
        long giveUpAt = System.nanoTime() + Readiness.limit().toNanos();
        while (!isAccepted(gid, isYes) && System.nanoTime() < giveUpAt) {
            Wait.pause(PAUSE);
        }
    }

    private boolean isAccepted(String gid, boolean isYes) {
        try {
            if (isYes) {
                entente.transactions().approve(gid, BigOrder.APPROVAL, "looks good");
            } else {
                entente.transactions().reject(gid, BigOrder.APPROVAL, "too dear");
            }
            answers.put(gid, isYes);
            return true;
        } catch (CoordinatorUnavailable dead) {
            return false;
        } catch (TransactionRefused refused) {
            if (!refused.code().equals("ENT-045")) {
                throw refused;
            }
            return false; // Not asked yet.
        }
    }

    /** Checks that approved orders were charged and shipped in the end, and rejected ones were not. */
    Invariant everyAnswerStands() {
        long broken = answers.entrySet().stream()
                .filter(answer -> {
                    Transaction.State state =
                            entente.transactions().get(answer.getKey()).getState();
                    return state != (answer.getValue() ? Transaction.State.SUCCEEDED : Transaction.State.ABORTED);
                })
                .count();
        return new Invariant(
                "every answer that a manager was told is accepted stands",
                broken == 0,
                answers.size(),
                broken + " do not");
    }
}
