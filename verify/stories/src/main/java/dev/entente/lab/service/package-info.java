/**
 * The processes of services that do their work in their own databases, for stories to start and to kill. It may use the
 * client SDK and its integrations. It must never check what it did.
 *
 * <p>Open {@link dev.entente.lab.service.WorkerCommand} first.
 */
@NullMarked
package dev.entente.lab.service;

import org.jspecify.annotations.NullMarked;
