package dev.entente.rocketmq;

import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import dev.entente.participant.CheckBack;
import dev.entente.participant.InProgress;
import dev.entente.participant.Rejection;
import dev.entente.wire.BranchMetadata;
import java.time.Instant;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs local transactions, and answers brokers from the marks of local transactions of any process. Thread-safe. */
final class LocalListener implements TransactionListener {
    private static final Logger LOG = LoggerFactory.getLogger(LocalListener.class);

    private final CheckBack checkBack;

    LocalListener(CheckBack checkBack) {
        this.checkBack = checkBack;
    }

    @Override
    public LocalTransactionState executeLocalTransaction(Message half, Object local) {
        return ((LocalRun<?, ?>) local).run();
    }

    /** Returns the result of a local transaction. After "unknown" a broker asks again, as often as configured. */
    @Override
    public LocalTransactionState checkLocalTransaction(MessageExt half) {
        String id = half.getUserProperty(BranchMetadata.IDEMPOTENCY_KEY.name());
        if (id == null) {
            LOG.error("the broker asks about a half message of another sender: topic {}", half.getTopic());
            return LocalTransactionState.UNKNOW;
        }
        Branch asked =
                Branch.of(id, "check-back", BranchOp.CHECK).withCreated(Instant.ofEpochMilli(half.getBornTimestamp()));
        try {
            return asked.call(() -> {
                checkBack.check(id);
                return LocalTransactionState.COMMIT_MESSAGE;
            });
        } catch (Rejection rolledBack) {
            return LocalTransactionState.ROLLBACK_MESSAGE;
        } catch (InProgress running) {
            return LocalTransactionState.UNKNOW;
        } catch (Exception failed) {
            LOG.warn("message '{}': the result of its local transaction is currently unknown", id, failed);
            return LocalTransactionState.UNKNOW;
        }
    }
}
