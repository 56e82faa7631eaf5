package dev.entente.spring;

import dev.entente.participant.Branch;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.PriorityOrdered;
import org.springframework.transaction.interceptor.DelegatingTransactionAttribute;
import org.springframework.transaction.interceptor.TransactionAspectSupport;
import org.springframework.transaction.interceptor.TransactionAttribute;
import org.springframework.transaction.interceptor.TransactionAttributeSource;
import org.springframework.transaction.interceptor.TransactionInterceptor;

/**
 * Records each rejection that rolls a {@code @Transactional} method back, and each rejection after which {@code
 * noRollbackFor} commits the changes so far. Runs before the processor that creates proxies, because that processor
 * also creates the interceptor. Thread-safe.
 */
final class CommittedRejections implements BeanPostProcessor, PriorityOrdered {
    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }

    @Override
    public Object postProcessBeforeInitialization(Object bean, String name) {
        TransactionAttributeSource rules =
                bean instanceof TransactionInterceptor advice ? advice.getTransactionAttributeSource() : null;
        if (rules != null) {
            ((TransactionInterceptor) bean)
                    .setTransactionAttributeSource(
                            (method, type) -> noted(rules.getTransactionAttribute(method, type)));
        }
        return bean;
    }

    private static @Nullable TransactionAttribute noted(@Nullable TransactionAttribute rule) {
        return rule == null ? null : new Noted(rule);
    }

    private static final class Noted extends DelegatingTransactionAttribute {
        private static final long serialVersionUID = 1;

        Noted(TransactionAttribute rule) {
            super(rule);
        }

        /** Records the failure that ends a transaction. A participating transaction commits nothing. */
        @Override
        public boolean rollbackOn(Throwable failure) {
            boolean rollsBack = super.rollbackOn(failure);
            if (!TransactionAspectSupport.currentTransactionStatus().isNewTransaction()) {
                return rollsBack;
            }
            Branch branch = Branch.current().orElse(null);
            if (rollsBack || isReadOnly()) {
                RejectedExceptions.rolledBack(failure);
            } else if (branch != null && RejectedExceptions.of(failure).isPresent()) {
                RejectedExceptions.committed(branch);
            }
            return rollsBack;
        }
    }
}
