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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;

/**
 * Answers verdicts of a coordinator's call before any advice of the application's sees the exception. All other
 * exceptions are left to the resolvers behind it. An advice may give them any status but a success, which {@link
 * OutcomesFilter} does not let through. All other calls are left alone. Thread-safe.
 */
final class VerdictResolver implements HandlerExceptionResolver, PriorityOrdered {
    private static final Logger LOG = LoggerFactory.getLogger(VerdictResolver.class);

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public @Nullable ModelAndView resolveException(
            HttpServletRequest request, HttpServletResponse response, @Nullable Object handler, Exception failure) {
        Branch branch = Branch.current().orElse(null);
        if (branch == null || response.isCommitted()) {
            return null;
        }
        Optional<BranchException> said = RejectedExceptions.in(failure);
        if (said.isEmpty()) {
            int status = status(failure);
            LOG.warn(
                    "{} failed, and is answered {} unless an exception handler says otherwise: {}",
                    branch,
                    status,
                    failure.toString());
            request.setAttribute(OutcomesFilter.FAILED, status);
            response.setStatus(status); // for an advice that gives none
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

    /** Returns what Spring itself answers, and 500 where that is no failure. */
    private static int status(Exception failure) {
        int status = springsOwn(failure);
        return status < HttpServletResponse.SC_BAD_REQUEST ? HttpServletResponse.SC_INTERNAL_SERVER_ERROR : status;
    }

    private static int springsOwn(Exception failure) {
        if (failure instanceof ErrorResponse told) {
            return told.getStatusCode().value();
        }
        ResponseStatus marked = AnnotatedElementUtils.findMergedAnnotation(failure.getClass(), ResponseStatus.class);
        return marked != null
                ? marked.code().value()
                : failure instanceof HttpMessageNotReadableException
                        ? HttpServletResponse.SC_BAD_REQUEST
                        : HttpServletResponse.SC_INTERNAL_SERVER_ERROR;
    }
}
