package dev.entente.spring;

import dev.entente.wire.CallMark;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.method.HandlerMethod;

/**
 * The failure of a handler in a coordinator's call, with the HTTP status that the exception defines.
 *
 * @param status the status with which Spring answers by default
 * @param isFinal whether no exception handler may choose another status
 * @param isReached whether the barrier was reached, so that the path and the access rights are correct
 */
record FailedHandler(int status, boolean isFinal, boolean isReached) {
    /** A failure without a guarantee: the step is undone, too. */
    static final int UNPROCESSABLE = 422;

    /** Statuses that park the transaction, because they mean a wrong setup. */
    private static final Set<Integer> UNSERVED = Set.of(401, 403, 404, 405);

    private static final String INVALID = "jakarta.validation.ConstraintViolationException";

    static FailedHandler of(@Nullable Object handler, Throwable failure) {
        boolean isReached = CallMark.hasReachedBarrier();
        boolean isBarriered = handler instanceof HandlerMethod method
                && (method.hasMethodAnnotation(Barriered.class)
                        || AnnotatedElementUtils.hasAnnotation(method.getBeanType(), Barriered.class));
        int stated = RejectedExceptions.causes(failure)
                .mapToInt(each -> stated(each, isReached))
                .filter(status -> status >= HttpServletResponse.SC_BAD_REQUEST)
                .findFirst()
                .orElse(0);
        return stated == 0
                ? new FailedHandler(HttpServletResponse.SC_INTERNAL_SERVER_ERROR, false, isReached)
                : new FailedHandler(stated, isReached || isBarriered, isReached);
    }

    private static int stated(Throwable failure, boolean isReached) {
        if (failure instanceof ErrorResponse reported) {
            return reported.getStatusCode().value();
        }
        ResponseStatus marked = AnnotatedElementUtils.findMergedAnnotation(failure.getClass(), ResponseStatus.class);
        if (marked != null) {
            return marked.code().value();
        }
        boolean isInvalid = failure instanceof HttpMessageNotReadableException
                || (isReached && failure.getClass().getName().equals(INVALID));
        return isInvalid ? HttpServletResponse.SC_BAD_REQUEST : 0;
    }

    /** Returns the status to answer after an exception handler, or Spring, has chosen a status. */
    int kept(int chosen, Set<Integer> named) {
        int kept = isFinal || chosen < HttpServletResponse.SC_BAD_REQUEST ? status : chosen;
        return isReached && UNSERVED.contains(kept) && !named.contains(kept) ? UNPROCESSABLE : kept;
    }
}
