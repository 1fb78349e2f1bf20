from django.urls import path

from chat.views import branches, composing, files, messages, notes, pages, replies, versions

app_name = "chat"

urlpatterns = [
    path("", pages.conversation_list, name="list"),
    path("start/<str:slug>/", pages.start, name="start"),
    path("import/", files.bring, name="import"),
    path("<uuid:public_id>/", pages.conversation, name="conversation"),
    path("<uuid:public_id>/log/", pages.log, name="log"),
    path("<uuid:public_id>/head/", pages.head, name="head"),
    path("<uuid:public_id>/export/", files.export, name="export"),
    path("<uuid:public_id>/export/<str:chat_format>/", files.export, name="export-as"),
    path("<uuid:public_id>/imported/", files.imported, name="imported"),
    path("<uuid:public_id>/scene/", pages.scene, name="scene"),
    path("<uuid:public_id>/archive/", pages.archive, name="archive"),
    path("<uuid:public_id>/memories/", pages.memories, name="memories"),
    path("<uuid:public_id>/memories/<uuid:memory_id>/forget/", pages.forget, name="memory-forget"),
    path("<uuid:public_id>/version/", versions.version, name="version"),
    path("<uuid:public_id>/notes/", notes.notes, name="notes"),
    path("<uuid:public_id>/branches/", branches.branches, name="branches"),
    path("<uuid:public_id>/deleted/", branches.deleted, name="deleted"),
    path("<uuid:public_id>/title/", branches.rename, name="rename"),
    path("<uuid:public_id>/messages/", messages.send, name="message-send"),
    path("<uuid:public_id>/directions/", composing.direct, name="direct"),
    path("<uuid:public_id>/draft/", composing.draft, name="draft"),
    path("messages/<uuid:public_id>/", messages.show, name="message"),
    path("messages/<uuid:public_id>/edit/", messages.edit, name="message-edit"),
    path("messages/<uuid:public_id>/select/", messages.select, name="message-select"),
    path("messages/<uuid:public_id>/delete/", branches.delete, name="message-delete"),
    path("messages/<uuid:public_id>/restore/", branches.restore, name="message-restore"),
    path("messages/<uuid:public_id>/jump/", branches.jump, name="message-jump"),
    path("messages/<uuid:public_id>/place/", branches.place, name="message-place"),
    path("checkpoints/<uuid:public_id>/remove/", branches.place_remove, name="checkpoint-remove"),
    path("messages/<uuid:public_id>/report/", messages.report, name="report"),
    path("replies/<uuid:public_id>/stream/", replies.stream, name="reply-stream"),
    path("replies/<uuid:public_id>/stop/", replies.stop, name="reply-stop"),
    path("replies/<uuid:public_id>/regenerate/", replies.regenerate, name="reply-regenerate"),
    path("replies/<uuid:public_id>/continue/", replies.go_on, name="reply-continue"),
    path("replies/<uuid:public_id>/rate/", replies.rate, name="reply-rate"),
    path("replies/<uuid:public_id>/why/", replies.why, name="why"),
]
