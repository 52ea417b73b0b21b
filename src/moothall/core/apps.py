import datetime as dt

from django.apps import AppConfig

from . import sweeps


class CoreConfig(AppConfig):
    name = "moothall.core"
    label = "core"

    def ready(self) -> None:
        from . import files, imap, inbox, mail, personal, work  # models are there only now

        seconds, hour = dt.timedelta(seconds=10), dt.timedelta(hours=1)
        sweeps.register("stalled jobs", seconds, sweeps.recover_stalled_jobs)
        sweeps.register("mail", seconds, mail.sweep_mail)
        sweeps.register("incoming mail", seconds, inbox.sweep_inbox)
        sweeps.register("mailbox", dt.timedelta(seconds=60), imap.sweep_mailbox)
        sweeps.register("long work", seconds, work.sweep_work)
        sweeps.register("files", hour, files.sweep_files)
        sweeps.register("old jobs", hour, sweeps.forget_old_jobs)
        sweeps.register("old counts", dt.timedelta(minutes=5), sweeps.forget_old_counts)
        sweeps.register("personal data", hour, personal.expire)
