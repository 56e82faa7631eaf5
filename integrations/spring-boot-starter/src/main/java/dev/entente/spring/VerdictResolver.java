package dev.entente.spring;

import dev.entente.participant.Branch;
import dev.entente.participant.BranchException;
import dev.entente.participant.HttpVerdict;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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
        write(HttpVerdict.of(said.get()), response);
        return new ModelAndView();
    }

    /** Writes it in the place of what the handler has begun. */
    static void write(HttpVerdict verdict, HttpServletResponse response) {
        response.reset();
        response.setStatus(verdict.status());
        verdict.headers().forEach(response::setHeader);
        try {
            response.getOutputStream().write(verdict.body().getBytes(StandardCharsets.UTF_8));
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
