package dev.entente.spring;

import dev.entente.participant.Branch;
import dev.entente.participant.BranchException;
import dev.entente.participant.BranchServletFilter;
import dev.entente.participant.HttpVerdict;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;

/**
 * Answers verdicts of a coordinator's call before any advice of the application's sees the exception. All other
 * exceptions, and all other calls, are left to the resolvers behind it. Thread-safe.
 */
final class VerdictResolver implements HandlerExceptionResolver, PriorityOrdered {
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public @Nullable ModelAndView resolveException(
            HttpServletRequest request, HttpServletResponse response, @Nullable Object handler, Exception failure) {
        Optional<BranchException> said = RejectedExceptions.in(failure);
        if (said.isEmpty() || Branch.current().isEmpty() || response.isCommitted()) {
            return null;
        }
        try {
            response.reset();
            BranchServletFilter.send(response, HttpVerdict.of(said.get()));
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
        return new ModelAndView();
    }
}
