/**
 * The processes of services that do their work in their own databases, for stories to start and to kill. It may use the
 * client SDK and its integrations. It must never check what it did.
 *
 * <p>Open {@link dev.entente.stories.service.WorkerCommand} first.
 */
@NullMarked
package dev.entente.stories.service;

import org.jspecify.annotations.NullMarked;
