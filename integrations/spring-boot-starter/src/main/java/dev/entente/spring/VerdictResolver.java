package dev.entente.spring;

import com.google.protobuf.ByteString;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchException;
import dev.entente.participant.BranchServletFilter;
import dev.entente.participant.HttpVerdict;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.ModelAndView;

/**
 * Answers verdicts of a coordinator's call before any advice of the application sees the exception. Leaves all other
 * exceptions to the later resolvers; {@link OutcomesFilter} then keeps the status of {@link FailedHandler}. Ignores all
 * other calls. Thread-safe.
 *
 * <p>A refusal is stored with a separate connection. As the first interceptor, this class stores the refusal after all
 * other interceptors have completed. Until then, open-in-view keeps the request's connection, and a pool in full use
 * would have no second connection.
 */
final class VerdictResolver implements HandlerExceptionResolver, HandlerInterceptor, PriorityOrdered {
    private static final Logger LOG = LoggerFactory.getLogger(VerdictResolver.class);
    /** The request's attribute until an interceptor's completion. */
    private static final String INTERCEPTED = VerdictResolver.class.getName();
    /** The request's attribute with the supplier of the answer. */
    private static final String VERDICT = INTERCEPTED + ".verdict";

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
        Optional<BranchException> exception = RejectedExceptions.in(failure);
        if (exception.isEmpty() && RejectedExceptions.of(failure).isEmpty()) {
            FailedHandler failed = FailedHandler.of(handler, failure);
            LOG.warn(
                    "{} failed, and the response has status {} unless an exception handler sets another status: {}",
                    branch,
                    failed.status(),
                    failure.toString());
            request.setAttribute(OutcomesFilter.FAILED, failed);
            response.setStatus(failed.status()); // for an advice without a status
            return null;
        }
        Supplier<HttpVerdict> verdict =
                () -> exception.map(HttpVerdict::of).orElseGet(() -> unconfirmed(branch, failure));
        if (request.getAttribute(INTERCEPTED) == null) { // a mapping without interceptors
            send(response, verdict);
        } else {
            request.setAttribute(VERDICT, verdict);
            response.setStatus(HttpServletResponse.SC_INTERNAL_SERVER_ERROR); // unless the verdict is sent
        }
        return new ModelAndView();
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        request.setAttribute(INTERCEPTED, true);
        return true;
    }

    @Override
    public void afterCompletion(
            HttpServletRequest request, HttpServletResponse response, Object handler, @Nullable Exception failure) {
        request.removeAttribute(INTERCEPTED);
        if (request.getAttribute(VERDICT) instanceof Supplier<?> verdict) {
            request.removeAttribute(VERDICT);
            send(response, verdict);
        }
    }

    private static void send(HttpServletResponse response, Supplier<?> verdict) {
        try {
            HttpVerdict found = (HttpVerdict) verdict.get();
            response.reset();
            BranchServletFilter.send(response, found);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** Answers a rejection that may have left changes: the branch is undone, too. */
    private static HttpVerdict unconfirmed(Branch branch, Exception no) {
        LOG.warn(
                "{} was refused outside of a barrier, and no transaction was rolled back; put @Barriered on the"
                        + " handler, or let @Transactional roll back: {}",
                branch,
                no.toString());
        return new HttpVerdict(
                FailedHandler.UNPROCESSABLE,
                Map.of("content-type", "text/plain;charset=UTF-8"),
                ByteString.copyFromUtf8(no + " (no transaction was rolled back, so this step is undone, too)"));
    }
}
