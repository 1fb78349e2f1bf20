from django.urls import path

from chat.api import branches, composing, files, notes, scenes, versions, views

app_name = "chat"

urlpatterns = [
    path("conversations/", views.ConversationListView.as_view(), name="conversations"),
    path("conversations/<uuid:public_id>/", views.ConversationView.as_view(), name="conversation"),
    path("conversations/<uuid:public_id>/export/", views.ExportView.as_view(), name="export"),
    path("conversations/import/", files.ChatImportView.as_view(), name="import"),
    path("conversations/<uuid:public_id>/export/<str:chat_format>/", files.ChatExportView.as_view(), name="export-as"),
    path("conversations/<uuid:public_id>/messages/", views.MessageListView.as_view(), name="messages"),
    path("conversations/<uuid:public_id>/memories/", views.MemoryListView.as_view(), name="memories"),
    path("conversations/<uuid:public_id>/version/", versions.VersionView.as_view(), name="version"),
    path("conversations/<uuid:public_id>/books/", notes.BookListView.as_view(), name="books"),
    path("conversations/<uuid:public_id>/books/<uuid:book_id>/", notes.BookView.as_view(), name="book"),
    path("conversations/<uuid:public_id>/note/", notes.NoteView.as_view(), name="note"),
    path("conversations/<uuid:public_id>/directions/", composing.DirectionView.as_view(), name="directions"),
    path("conversations/<uuid:public_id>/drafts/", composing.DraftView.as_view(), name="drafts"),
    path("conversations/<uuid:public_id>/scene/", scenes.SceneView.as_view(), name="scene"),
    path("scenes/", scenes.SceneListView.as_view(), name="scenes"),
    path("conversations/<uuid:public_id>/head/", branches.HeadView.as_view(), name="head"),
    path("conversations/<uuid:public_id>/branches/", branches.BranchListView.as_view(), name="branches"),
    path("conversations/<uuid:public_id>/deleted/", branches.DeletedListView.as_view(), name="deleted"),
    path("conversations/<uuid:public_id>/checkpoints/", branches.CheckpointListView.as_view(), name="checkpoints"),
    path("checkpoints/<uuid:public_id>/", branches.CheckpointView.as_view(), name="checkpoint"),
    path("memories/<uuid:public_id>/", views.MemoryView.as_view(), name="memory"),
    path("messages/<uuid:public_id>/", views.MessageView.as_view(), name="message"),
    path("messages/<uuid:public_id>/edits/", views.EditView.as_view(), name="edits"),
    path("messages/<uuid:public_id>/selection/", views.SelectionView.as_view(), name="selection"),
    path("messages/<uuid:public_id>/restoration/", branches.RestorationView.as_view(), name="restoration"),
    path("messages/<uuid:public_id>/reports/", views.ReportView.as_view(), name="reports"),
    path("replies/<uuid:public_id>/stream/", views.stream, name="reply-stream"),
    path("replies/<uuid:public_id>/stop/", views.StopView.as_view(), name="stop"),
    path("replies/<uuid:public_id>/alternatives/", views.AlternativeView.as_view(), name="alternatives"),
    path("replies/<uuid:public_id>/continuation/", views.ContinuationView.as_view(), name="continuation"),
    path("replies/<uuid:public_id>/rating/", views.RatingView.as_view(), name="rating"),
    path("replies/<uuid:public_id>/trace/", views.TraceView.as_view(), name="trace"),
]
